// crossgrant reference: every setting of the configuration, as Markdown tables.

import { Command } from 'commander';
import { configJsonSchemas } from '../config/json-schema.ts';
import { configurationReference } from '../config/reference.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

export function referenceCommand(io: CliIo): Command {
  return new Command('reference')
    .summary('print every setting of the configuration')
    .description('Prints what can be configured, generated from the schema that checks it.')
    .option('--json', 'print the JSON Schemas instead')
    .action(({ json }: { json?: boolean }) => {
      if (json) printJson(configJsonSchemas(), io);
      else printLine(configurationReference(), io);
      io.exit(0);
    });
}
