// crossgrant profiles: the makes of issuer we know, what their tokens look like, and what to beware of.

import { Argument, Command } from 'commander';
import { wrapText } from '../demo/ink.ts';
import { aboutOf, spelledValues, valuesOf } from '../explain/profiles.ts';
import { profileNamed, profileNames, profiles } from '../trust/profiles/index.ts';
import type { Profile } from '../trust/profiles/types.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine, table } from './output.ts';

export function profilesCommand(io: CliIo): Command {
  const list = new Command('list')
    .description('Lists the makes; `profile: <name>` in a domain file takes one.')
    .option('--json', 'print them as JSON')
    .action(({ json }: { json?: boolean }) => {
      const rows = profiles.map(({ name, make, issuers }) => ({ name, make, issuers }));
      if (json) printJson(rows, io);
      else
        printLine(
          table(
            ['profile', 'make', 'issuers'],
            rows.map((row) => Object.values(row)),
          ),
          io,
        );
      io.exit(0);
    });
  const show = new Command('show')
    .description(
      'Shows one make: what its tokens look like, what it says for what a file leaves out, and what to beware of.',
    )
    .addArgument(new Argument('<name>', 'which one').choices(profileNames))
    .option('--json', 'print it as JSON')
    .action((name: string, { json }: { json?: boolean }) => {
      const profile = profileNamed(name);
      if (profile !== undefined) {
        if (json) printJson({ ...profile, defaults: valuesOf(profile, profile.example) }, io);
        else printLine(shown(profile), io);
      }
      io.exit(0);
    });
  return new Command('profiles').summary('list and show known makes of issuer').addCommand(list).addCommand(show);
}

const margin = 16;

function shown(profile: Profile): string {
  const { name, make, issuers, example, subject, tenant, tokens, takes, quirks, pin, facts, beware } = profile;
  const values = spelledValues(valuesOf(profile, example));
  const lines: readonly (readonly [string, string])[] = [
    [name, make],
    ['issuers', issuers],
    ['tokens', tokens.join(', ')],
    ['subject', subject],
    ['tenant', tenant ?? 'one for each issuer'],
    ['grants', takes.length > 0 ? `takes ${takes.join(', ')}${spelledQuirks(quirks)}` : 'takes none of others'],
    ['lays under', values === '' ? 'nothing' : `${values} (for ${example})`],
    ...(pin ? [['conditions', `one on ${pin.claims.join(', ')}: ${pin.why}`] as const] : []),
    ...facts.map((fact) => [aboutOf(fact), `${fact.says}\n${fact.source}`] as const),
    ...beware.map(({ says, source }) => ['beware', `${says}\n${source}`] as const),
  ];
  return lines.map(([label, text]) => label.padEnd(margin) + indented(text)).join('\n');
}

function spelledQuirks(quirks: Profile['quirks']): string {
  const entries = Object.entries(quirks).map(([quirk, value]) => `${quirk}: ${value}`);
  return entries.length > 0 ? ` (${entries.join(', ')})` : '';
}

const indented = (text: string) =>
  text
    .split('\n')
    .map((line) => wrapText(line, 110, ' '.repeat(margin)))
    .join('\n')
    .trimStart();
