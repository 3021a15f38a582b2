// crossgrant init: a first configuration that passes check, with comments a reviewer understands.

import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { issuerFault } from '../config/addresses.ts';
import { existing, type InitAnswers, initFiles, writeInitFiles } from '../init/files.ts';
import { isResourceUri } from '../token/policy/resources.ts';
import { interview, textWithout } from './interview.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

type Flags = { readonly [flag: string]: string | boolean | undefined };
type Question = {
  readonly flag: keyof InitAnswers;
  readonly ask: string;
  readonly fallback: string;
  /** What is wrong with an answer; undefined when nothing is. */
  readonly fault: (answer: string) => string | undefined;
};

const uriFault = (text: string) => (isResourceUri(text) ? undefined : 'must be an absolute URI without fragment');
const nameFault = (text: string) => (/^[\w.-]+$/.test(text) ? undefined : 'has letters, digits, dots, - and _ only');

/** Every question is a flag too; what neither says is the default. */
const questions: readonly Question[] = [
  { flag: 'issuer', ask: 'Our issuer identifier', fallback: 'https://broker.acme.example', fault: issuerFault },
  { flag: 'trustDomain', ask: 'Our trust domain', fallback: 'acme.example', fault: nameFault },
  { flag: 'idp', ask: 'Issuer of our identity provider', fallback: 'https://login.acme.example', fault: issuerFault },
  { flag: 'client', ask: 'Client id of the first agent', fallback: 'travel-agent', fault: nameFault },
  {
    flag: 'partner',
    ask: "Issuer of the first partner's authorization server",
    fallback: 'https://as.contoso.example',
    fault: issuerFault,
  },
  {
    flag: 'partnerResource',
    ask: 'A resource of that partner',
    fallback: 'https://api.contoso.example/',
    fault: uriFault,
  },
  { flag: 'resource', ask: 'A resource of our own', fallback: 'https://api.acme.example/', fault: uriFault },
];

const aboutPartner: ReadonlySet<keyof InitAnswers> = new Set(['partner', 'partnerResource']);

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
  for (const { flag, ask, fallback, fault } of questions) {
    command.option(`--${dashed(flag)} <value>`, `${ask} (${fallback})`, (answer) => {
      const wrong = fault(answer);
      if (wrong !== undefined) throw new InvalidArgumentError(`It ${wrong}.`);
      return answer;
    });
  }
  command.option('--no-partner', 'write no partner yet: `domain add` and `bundle import` do');
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
  const answers: Partial<Record<keyof InitAnswers, string>> = {};
  const { one } = interview(io, flags['yes'] === true);
  const alone = flags['partner'] === false;
  for (const { flag, ask, fallback, fault } of questions) {
    if (alone && aboutPartner.has(flag)) continue;
    const given = flags[flag];
    const question = { option: `--${dashed(flag)}`, ask, fallback, read: textWithout(fault) };
    answers[flag] = await one(question, typeof given === 'string' ? given : undefined);
  }
  return answers as InitAnswers;
}
