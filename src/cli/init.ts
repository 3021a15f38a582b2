// crossgrant init: a first configuration that passes check, with comments a reviewer understands.

import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { existing, type InitAnswers, initFiles, writeInitFiles } from '../init/files.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

type Flags = { readonly [flag: string]: string | boolean | undefined };

/** Every question is a flag too; what neither says is the default. */
const questions = [
  { flag: 'issuer', ask: 'Our issuer identifier', fallback: 'https://broker.acme.example' },
  { flag: 'trustDomain', ask: 'Our trust domain', fallback: 'acme.example' },
  { flag: 'idp', ask: 'Issuer of our identity provider', fallback: 'https://login.acme.example' },
  { flag: 'client', ask: 'Client id of the first agent', fallback: 'travel-agent' },
  {
    flag: 'partner',
    ask: "Issuer of the first partner's authorization server",
    fallback: 'https://as.contoso.example',
  },
  { flag: 'partnerResource', ask: 'A resource of that partner', fallback: 'https://api.contoso.example/' },
  { flag: 'resource', ask: 'A resource of our own', fallback: 'https://api.acme.example/' },
] as const;

const dashed = (flag: string) => flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export function initCommand(io: CliIo): Command {
  const command = new Command('init')
    .summary('write a first configuration')
    .description(
      'Writes crossgrant.yaml, domains/, the key of the operator and JSON Schemas into a folder. Asks on a terminal; every question is an option too.',
    )
    .argument('[folder]', 'where to', '.')
    .option('-y, --yes', 'ask nothing and take the defaults')
    .option('--json', 'print what was written as JSON');
  for (const { flag, ask, fallback } of questions) command.option(`--${dashed(flag)} <value>`, `${ask} (${fallback})`);
  return command.action((folder: string, flags: Flags) => init(resolve(io.cwd, folder), flags, io));
}

async function init(folder: string, flags: Flags, io: CliIo): Promise<void> {
  const taken = await existing(folder);
  if (taken.length > 0)
    throw new Error(`${taken.join(', ')} ${taken.length > 1 ? 'are' : 'is'} there already; init overwrites nothing`);
  const answers = await readAnswers(flags, io);
  const written = await writeInitFiles(folder, initFiles(answers));
  if (flags['json']) printJson({ folder, written }, io);
  else printLine([`Written to ${folder}:`, ...written.map((file) => `  ${file}`), '', ...nextSteps].join('\n'), io);
  io.exit(0);
}

const nextSteps = [
  'Next:',
  "  put the agent's public keys into the *.jwks.json file (one made-up key stands there now)",
  '  crossgrant check    says what this configuration allows',
  '  crossgrant serve    runs the broker',
];

async function readAnswers(flags: Flags, io: CliIo): Promise<InitAnswers> {
  const answers: Record<string, string> = {};
  const asks = io.stdin.isTTY === true && flags['yes'] !== true;
  const terminal = asks ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  try {
    for (const { flag, ask, fallback } of questions) {
      const given = flags[flag];
      const answer =
        typeof given === 'string' ? given : await terminal?.question(`${ask} [${fallback}]: `, { signal: io.signal });
      answers[flag] = answer?.trim() || fallback;
    }
  } finally {
    terminal?.close();
  }
  return answers as InitAnswers;
}
