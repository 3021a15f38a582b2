// crossgrant keys: our own signing keys, and the change to a new one.

import { Command } from 'commander';
import { openStore } from '../app.ts';
import { type ListedKey, openSigner, type Signer } from '../keys/signer.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { date, printJson, printLine, table } from './output.ts';

type Flags = ConfigFlag & { readonly json?: boolean };

export function keysCommand(io: CliIo): Command {
  const list = new Command('list')
    .description('Lists our signing keys with their state and dates (UTC).')
    .addOption(configOption(io))
    .option('--json', 'print them as JSON')
    .action((flags: Flags) =>
      withSigner(flags, io, async (signer) => {
        if (flags.json) printJson(signer.list(), io);
        else printLine(keyTable(signer.list()), io);
      }),
    );
  const rotate = new Command('rotate')
    .description(
      'Publishes a next key; it signs after everybody has had time to fetch it, and no token becomes invalid.',
    )
    .addOption(configOption(io))
    .option(
      '--now',
      'let the new key sign at once: for a key that leaked; partners may refuse its tokens until they fetch it',
    )
    .option('--json', 'print the keys afterwards as JSON')
    .action((flags: Flags & { now?: boolean }) =>
      withSigner(flags, io, async (signer) => {
        const { kid } = await signer.rotate({ immediately: flags.now === true });
        if (flags.json) printJson({ kid, keys: signer.list() }, io);
        else printLine(`${keyTable(signer.list())}\n\n${rotationStory(kid, signer.list())}`, io);
      }),
    );
  return new Command('keys').summary('list and rotate our signing keys').addCommand(list).addCommand(rotate);
}

async function withSigner(flags: Flags, io: CliIo, work: (signer: Signer) => Promise<void>): Promise<void> {
  const { settings } = await loadConfiguration(flags, io);
  const store = await openStore(settings);
  try {
    await work(await openSigner({ store, ...settings.keys, now: Date.now }));
  } finally {
    await store.close();
  }
  io.exit(0);
}

function keyTable(keys: readonly ListedKey[]): string {
  const rows = keys.map((key) => [
    key.kid,
    key.alg,
    key.state,
    date(key.activateAt),
    date(key.retireAt),
    date(key.forgetAt),
  ]);
  return table(['kid', 'alg', 'state', 'signs from', 'until', 'verifies until'], rows);
}

function rotationStory(kid: string, keys: readonly ListedKey[]): string {
  const next = keys.find((key) => key.kid === kid);
  const before = keys.findLast((key) => key.kid !== kid);
  const told = next ? `${kid} is published and signs from ${date(next.activateAt)} UTC.` : `${kid} is the next key.`;
  return before
    ? `${told}\n${before.kid} stays in the key set until ${date(before.forgetAt)} UTC, when its last token has ended.`
    : told;
}
