// crossgrant reasons: why a request was refused, and what to do about it.

import { Command, InvalidArgumentError } from 'commander';
import { suggest } from '../config/nearest.ts';
import { wrapText } from '../demo/ink.ts';
import { answerOf, type ExplainedReason, explainedReasons, reasonsNamed, whoCan } from '../explain/reasons.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine, table } from './output.ts';

export function reasonsCommand(io: CliIo): Command {
  return new Command('reasons')
    .summary('say what a refusal means and what to do about it')
    .description(
      'Explains the reason of a refusal as log and audit trail name it: its cause, the remedy, and who can apply it. Without one, lists all.',
    )
    .argument('[reason]', 'such as grant.audience, or its beginning, such as grant', readReasons)
    .option('--json', 'print them as JSON')
    .action((found: readonly ExplainedReason[] = explainedReasons, { json }: { json?: boolean }) => {
      if (json) printJson(found, io);
      else printLine(found.length === 1 ? found.map(explained).join() : listed(found), io);
      io.exit(0);
    });
}

function readReasons(name: string): readonly ExplainedReason[] {
  const found = reasonsNamed(name);
  if (found.length > 0) return found;
  const near = suggest(
    name,
    explainedReasons.map(({ reason }) => reason),
  );
  throw new InvalidArgumentError(`There is no such reason${near === undefined ? '' : `; ${near}`}`);
}

const listed = (rows: readonly ExplainedReason[]) =>
  table(
    ['reason', 'answer', 'cause'],
    rows.map((row) => [row.reason, `${row.status} ${row.error}`, row.cause]),
  );

function explained(row: ExplainedReason): string {
  const lines: readonly (readonly [string, string])[] = [
    ['cause', row.cause],
    ['remedy', row.remedy],
    ['who', whoCan(row)],
    ['answer', `${answerOf(row)}: ${row.text}`],
    ['section', row.section],
  ];
  const indent = ' '.repeat(9);
  return [
    row.reason,
    ...lines.map(([name, text]) => `${name.padEnd(9)}${wrapText(text, 100, indent).trimStart()}`),
  ].join('\n');
}
