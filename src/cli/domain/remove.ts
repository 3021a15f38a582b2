// crossgrant domain remove: takes a domain out of the configuration, unless something else needs it.

import { Command } from 'commander';
import { ConfigError } from '../../config/problems.ts';
import { loadWith, removeChecked } from '../../partners/domain-folder.ts';
import { PartnerError } from '../../partners/partner-error.ts';
import { afterFiles } from '../after-files.ts';
import { summarize, told } from '../allowed.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import { confirm } from '../interview.ts';
import type { CliIo } from '../io.ts';
import { printJson, printLine } from '../output.ts';
import { domainNamed } from './named.ts';

type Flags = ConfigFlag & { readonly yes?: boolean; readonly json?: boolean };

export function removeDomain(io: CliIo): Command {
  return new Command('remove')
    .summary('take a domain out of the configuration')
    .description(
      'Shows what a domain may do, and removes its file once that is confirmed. Refuses while other files name it. To stop a domain at once, suspend it.',
    )
    .argument('<name>', 'its name: the file in `domains` without .yaml')
    .addOption(configOption(io))
    .option('-y, --yes', 'remove it without a question')
    .option('--json', 'print what was removed as JSON')
    .action((name: string, flags: Flags) => remove(name, flags, io));
}

async function remove(name: string, flags: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io);
  const { name: file, config } = domainNamed(name, loaded);
  await loadWith(loaded, file, undefined).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new PartnerError(`${name} is needed elsewhere; nothing was removed\n${error.message}`);
  });
  const goes = summarize(loaded).domains.find((domain) => domain.name === name)?.allows ?? [];
  const registered = Object.entries(config.accept?.clients ?? {}).flatMap(([id, { auth }]) => (auth ? [id] : []));
  const lines = [`With ${name} (${config.issuer}) goes`, ...goes.map(told)];
  if (registered.length > 0) lines.push(`  the registration of ${registered.join(', ')}`);
  if (!flags.json) io.stderr.write(`${lines.join('\n')}\n`);
  await confirm(`Remove ${file}?`, flags, io);
  await removeChecked(loaded, file);
  if (flags.json) printJson({ removed: file, issuer: config.issuer, allowed: goes, registered }, io);
  else printLine(`Removed ${file}; ${afterFiles}`, io);
  io.exit(0);
}
