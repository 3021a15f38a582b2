// Probing: with a rule that sends, and a client whose credentials there we have.

import type { DomainFile, Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault } from '../problems.ts';
import { type SendSite, sendSites } from '../rule-sites.ts';

/** Probes that could not be made. */
export function checkProbe(files: Files): readonly Fault[] {
  const sites = sendSites(files);
  return files.domains.flatMap((file) => {
    const { probe } = file.config;
    return probe ? faultsOf(probe, file, sites) : [];
  });
}

function faultsOf(
  { client, rule }: NonNullable<DomainFile['config']['probe']>,
  file: DomainFile,
  sites: readonly SendSite[],
): readonly Fault[] {
  const ours = sites.filter((site) => site.file === file);
  const [only, ...others] = rule === undefined ? ours : ours.filter(({ id }) => id === `${file.domain}.send.${rule}`);
  if (only === undefined)
    return [{ file, path: ['probe', ...(rule ? ['rule'] : [])], message: 'there is no such `send` rule' }];
  if (others.length > 0) return [{ file, path: ['probe'], message: 'needs `rule`: there are several `send` rules' }];
  const known = Object.keys(only.rule.redeem?.clients ?? {});
  if (known.includes(client)) return [];
  const message = `needs \`redeem.clients\` of ${only.id} to say how ${client} authenticates there`;
  return [{ file, path: ['probe', 'client'], message, hint: suggest(client, known) }];
}
