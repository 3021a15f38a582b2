// crossgrant reference: what is generated from the sources for people to read, as Markdown tables.

import { Argument, Command } from 'commander';
import { configJsonSchemas } from '../config/json-schema.ts';
import { configurationReference } from '../config/reference.ts';
import { profileReference } from '../explain/profiles.ts';
import { explainedReasons, refusalReference } from '../explain/reasons.ts';
import { profiles } from '../trust/profiles/index.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

type Reference = { readonly markdown: () => string; readonly json: () => unknown };

const references = {
  settings: { markdown: configurationReference, json: configJsonSchemas },
  profiles: { markdown: profileReference, json: () => profiles },
  refusals: { markdown: refusalReference, json: () => explainedReasons },
} as const satisfies Record<string, Reference>;

export function referenceCommand(io: CliIo): Command {
  return new Command('reference')
    .summary('print every setting, profile or refusal')
    .description(
      'Prints what can be configured, which makes are known, or what can be refused, from what the broker itself works by.',
    )
    .addArgument(new Argument('[what]', 'which reference').choices(Object.keys(references)).default('settings'))
    .option('--json', 'print JSON instead: for the settings, their JSON Schemas')
    .action((what: keyof typeof references, { json }: { json?: boolean }) => {
      if (json) printJson(references[what].json(), io);
      else printLine(references[what].markdown(), io);
      io.exit(0);
    });
}
