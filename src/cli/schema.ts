// crossgrant schema: the JSON Schemas by which an editor completes and checks the configuration.

import { Argument, Command } from 'commander';
import { chainJsonSchema } from '../chain/schema/file.ts';
import { configJsonSchemas } from '../config/json-schema.ts';
import type { CliIo } from './io.ts';
import { printJson } from './output.ts';

export function schemaCommand(io: CliIo): Command {
  return new Command('schema')
    .summary('print the JSON Schema of a configuration file, or of a chain')
    .description('Prints a JSON Schema; save it and name it in the first line: # yaml-language-server: $schema=FILE')
    .addArgument(new Argument('<file>', 'which file').choices(['main', 'domain', 'chain']))
    .option('--json', 'it is JSON anyway')
    .action((file: 'main' | 'domain' | 'chain') => {
      printJson(file === 'chain' ? chainJsonSchema() : configJsonSchemas()[file], io);
      io.exit(0);
    });
}
