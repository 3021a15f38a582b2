// crossgrant audit: proves that no record was changed, and takes the records out for others to keep.

import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { openStore } from '../app.ts';
import { type ChainFault, type ChainHead, type ChainsFit, type ChainVerdict, verifyChain } from '../audit/chain.ts';
import { findLostHead } from '../audit/heads.ts';
import type { StoredAuditRecord } from '../audit/record.ts';
import type { Settings } from '../config/settings.ts';
import type { Store } from '../store/store.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { readNamed } from './named-file.ts';
import { printJson, printLine } from './output.ts';

type Flags = ConfigFlag & { readonly json?: boolean };
type VerifyFlags = Flags & { readonly expect?: string };

export function auditCommand(io: CliIo): Command {
  const verify = new Command('verify')
    .description(
      'Walks the hash chains through all records; exit code 1 when one was changed, removed, added or moved.',
    )
    .addOption(configOption(io))
    .option('--expect <file>', 'what --json printed before, kept elsewhere: its heads must still be there')
    .option(
      '--json',
      'print the verdict as JSON, with where each chain ends: keep it where the database cannot be reached from',
    )
    .action((flags: VerifyFlags) =>
      withStore(flags, io, async (store, settings) => {
        const heads = flags.expect === undefined ? [] : await readHeads(resolve(io.cwd, flags.expect));
        const verdict = await verdictOf(store, heads, settings.auditKeep);
        if (flags.json) printJson(verdict, io);
        else printLine(verdict.ok ? story(verdict, heads.length) : faultStory(verdict), io);
        return verdict.ok ? 0 : 1;
      }),
    );
  const exported = new Command('export')
    .description('Prints the records as JSON lines, oldest first.')
    .addOption(configOption(io))
    .option('--after <seq>', 'only records after this number', readNumber, 0)
    .option('--json', 'it is JSON anyway')
    .action((flags: Flags & { after: number }) =>
      withStore(flags, io, async (store) => {
        for await (const record of records(store, flags.after)) printLine(JSON.stringify(record), io);
        return 0;
      }),
    );
  return new Command('audit').summary('verify and export the audit trail').addCommand(verify).addCommand(exported);
}

/** How often a walk is begun again because retention overtook it. */
const attempts = 5;

/** Walks through all records, beside brokers that write and prune. */
async function verdictOf(store: Store, kept: readonly ChainHead[], keep: number | undefined): Promise<ChainVerdict> {
  const recall = async (seq: number) => (await store.auditPage(seq - 1, 1)).find((record) => record.seq === seq);
  const oldest = async () => (await store.auditPage(0, 1))[0]?.seq;
  for (let attempt = 1; ; attempt += 1) {
    const first = await oldest();
    const walked = await verifyChain(records(store, 0), recall);
    const lost = walked.ok ? await findLostHead(kept, recall, { cuts: walked.cuts, keep, now: Date.now() }) : undefined;
    const verdict = lost ?? walked;
    if (verdict.ok || attempt === attempts || (await oldest()) === first) return verdict;
  }
}

const headsFile = z.object({
  heads: z.array(z.object({ chain: z.string(), seq: z.number(), hash: z.string(), at: z.number() })),
});

/** The heads in what `audit verify --json` printed. */
async function readHeads(path: string): Promise<readonly ChainHead[]> {
  const text = await readNamed(path);
  try {
    return headsFile.parse(JSON.parse(text)).heads;
  } catch (cause) {
    throw new Error(`${path} is not what \`crossgrant audit verify --json\` prints of a trail that fits`, { cause });
  }
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

function story({ count, heads, cuts }: ChainsFit, kept: number): string {
  const lines = [`${counted(count, 'record')} in ${counted(heads.length, 'chain')}, each as it was written`];
  if (cuts.length > 0) {
    lines.push(`records up to ${Math.max(...cuts.map(({ seq }) => seq))} left by retention, as the trail says`);
  }
  if (kept > 0) lines.push(`${counted(kept, 'head')} that you kept: all there, or older than records are kept`);
  return lines.join('\n');
}

const faults: Readonly<Record<ChainFault['fault'], string>> = {
  changed: 'is not what was written: its hash should be {expected}, it is {received}',
  unlinked:
    'does not follow the record before it, so records were removed, added or moved: before it should be {expected}, it names {received}',
  missing:
    'was seen by a checkpoint, or is a head that you kept, and is gone: its hash was {expected}, there is {received}',
  'left behind':
    'is still there although the trail says that everything up to it left: the statement that says so was made up to explain a hole',
};

function faultStory({ fault, chain, seq, expected, received }: ChainFault): string {
  const words = faults[fault].replace('{expected}', expected).replace('{received}', received);
  return `record ${seq} of chain ${chain} ${words}`;
}

function readNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is the number of a record.');
  return Number(text);
}

const pageSize = 500;

/** Records after a number, up to the newest there is by then. */
async function* records(store: Store, after: number): AsyncGenerator<StoredAuditRecord> {
  let page: readonly StoredAuditRecord[] = [];
  let last = after;
  do {
    page = await store.auditPage(last, pageSize);
    yield* page;
    last = page.at(-1)?.seq ?? last;
  } while (page.length === pageSize);
}

async function withStore(
  flags: Flags,
  io: CliIo,
  work: (store: Store, settings: Settings) => Promise<number>,
): Promise<void> {
  const { settings } = await loadConfiguration(flags, io);
  // A store made on the spot would verify as well: nothing in it was changed.
  const store = await openStore(settings, { create: false });
  try {
    io.exit(await work(store, settings));
  } finally {
    await store.close();
  }
}
