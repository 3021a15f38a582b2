// crossgrant bundle show: a bundle for people, before anybody takes it.

import { resolve } from 'node:path';
import { Command } from 'commander';
import { openBundle } from '../../partners/bundle/open.ts';
import type { CliIo } from '../io.ts';
import { readNamed } from '../named-file.ts';
import { printJson, printLine } from '../output.ts';
import { renderBundle } from './bundle-text.ts';

export function showBundle(io: CliIo): Command {
  return new Command('show')
    .description('Prints a bundle and its fingerprint. Whether its sender really made it `bundle import` finds out.')
    .argument('<file>', 'the bundle')
    .option('--json', 'print it as JSON')
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const bundle = openBundle(await readNamed(resolve(io.cwd, file)), Date.now() / 1000);
      if (json) printJson(bundle, io);
      else printLine(renderBundle(bundle), io);
      io.exit(0);
    });
}
