// crossgrant domain approve-keys: keys of a partner that wait for approval, and the word of an operator that they count.

import { Command } from 'commander';
import { openStore } from '../../app.ts';
import type { DomainFile } from '../../config/files.ts';
import { silentLog } from '../../observe/log.ts';
import { approveKeys, type SeenKey, seeKeys } from '../../partners/pinned-keys.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import type { CliIo } from '../io.ts';
import { authorOption, type OperatorFlags, reasonOption } from '../operator.ts';
import { date, printJson, printLine, table } from '../output.ts';
import { domainNamed } from './named.ts';

type Flags = ConfigFlag & OperatorFlags & { readonly fingerprint?: readonly string[]; readonly json?: boolean };

export function approveDomainKeys(io: CliIo): Command {
  return (
    new Command('approve-keys')
      .summary('let new keys of a domain count whose keys are pinned')
      .description(
        'Shows the keys of a domain with their fingerprints, and which of them wait for approval. With --fingerprint those are approved: ' +
          'compare it with what the partner says by another way than the one the key came. Every process goes by it at once.',
      )
      .argument('<name>', 'its name: the file in `domains` without .yaml')
      .addOption(configOption(io))
      // One value each time: a list would take a thumbprint that begins with a dash for an option.
      .option(
        '--fingerprint <thumbprint>',
        'a key to approve, by its JWK thumbprint (RFC 7638); may be repeated',
        collect,
      )
      .addOption(reasonOption())
      .addOption(authorOption(io))
      .option('--json', 'print the keys as JSON')
      .action((name: string, flags: Flags) => run(name, flags, io))
  );
}

const collect = (value: string, before: readonly string[] = []) => [...before, value];

async function run(name: string, flags: Flags, io: CliIo): Promise<void> {
  const { fingerprint: fingerprints = [], author, reason = null, json } = flags;
  const loaded = await loadConfiguration(flags, io);
  const file = domainNamed(name, loaded);
  const store = await openStore(loaded.settings);
  const tools = { store, now: Date.now, log: silentLog };
  try {
    const seen = await seeKeys(file, loaded, tools);
    if (seen.unasked !== undefined) io.stderr.write(`${notFetched}: ${seen.unasked}\n`);
    const approved =
      fingerprints.length > 0 && (await approveKeys(file, seen, { fingerprints, author, reason }, tools));
    const { keys, traceId } = approved || { keys: seen.keys, traceId: null };
    const { pinned } = seen;
    if (json) printJson({ domain: name, issuer: file.config.issuer, pinned, keys, traceId }, io);
    else printLine([keyTable(keys), ...notes(file, pinned, keys), ...record(traceId)].join('\n'), io);
  } finally {
    await store.close();
  }
  io.exit(0);
}

const notFetched = 'Its keys cannot be fetched now, so only those are told that were noted before';

function keyTable(keys: readonly SeenKey[]): string {
  if (keys.length === 0) return 'no key was seen yet';
  const rows = keys.map((key) => [key.kid ?? 'without id', key.thumbprint, key.state, sinceOf(key), presence(key)]);
  return table(['kid', 'fingerprint', 'state', 'since (UTC)', 'published'], rows);
}

function sinceOf({ state, firstSeen, approvedAt, approvedBy }: SeenKey): string {
  if (approvedAt !== null) return `${date(approvedAt / 1000)} by ${approvedBy}`;
  return state === 'listed' || firstSeen === null ? 'in the configuration' : date(firstSeen / 1000);
}

const presence = ({ published }: SeenKey) => (published === undefined ? 'unknown' : published ? 'yes' : 'no');

function notes({ domain }: DomainFile, pinned: boolean, keys: readonly SeenKey[]): readonly string[] {
  const waiting = keys.filter(({ state }) => state === 'waiting');
  const [first] = waiting;
  return [
    ...(pinned
      ? []
      : [
          '',
          `The keys of ${domain} are not pinned, so all that are published count; \`keys: pin\` in its file changes that.`,
        ]),
    ...(first === undefined
      ? []
      : [
          '',
          `Compare with the partner, then: crossgrant domain approve-keys ${domain} --fingerprint ${first.thumbprint}`,
        ]),
  ];
}

const record = (traceId: string | null) => (traceId === null ? [] : ['', `record  trace ${traceId}`]);
