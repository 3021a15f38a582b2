// crossgrant audit: proves that no record was changed, and takes the records out for others to keep.

import { Command, InvalidArgumentError } from 'commander';
import { openStore } from '../app.ts';
import { verifyChain } from '../audit/chain.ts';
import type { StoredAuditRecord } from '../audit/record.ts';
import type { Store } from '../store/store.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

type Flags = ConfigFlag & { readonly json?: boolean };

export function auditCommand(io: CliIo): Command {
  const verify = new Command('verify')
    .description('Walks the hash chain through all records; exit code 1 when one was changed, removed, added or moved.')
    .addOption(configOption(io))
    .option('--json', 'print the verdict as JSON')
    .action((flags: Flags) =>
      withStore(flags, io, async (store) => {
        const verdict = await verifyChain(records(store, 0));
        if (flags.json) printJson(verdict, io);
        else if (verdict.ok)
          printLine(`${verdict.count} ${verdict.count === 1 ? 'record' : 'records'}, each as it was written`, io);
        else
          printLine(
            `record ${verdict.seq} is not what was written: its hash should be ${verdict.expected}, it is ${verdict.received}`,
            io,
          );
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

function readNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is the number of a record.');
  return Number(text);
}

const pageSize = 500;

async function* records(store: Store, after: number): AsyncGenerator<StoredAuditRecord> {
  for (let last = after; ; ) {
    const page = await store.auditPage(last, pageSize);
    yield* page;
    const end = page.at(-1);
    if (end === undefined) return;
    last = end.seq;
  }
}

async function withStore(flags: Flags, io: CliIo, work: (store: Store) => Promise<number>): Promise<void> {
  const { settings } = await loadConfiguration(flags, io);
  // A store made on the spot would verify as well: nothing in it was changed.
  const store = await openStore(settings, { create: false });
  try {
    io.exit(await work(store));
  } finally {
    await store.close();
  }
}
