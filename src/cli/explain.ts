// crossgrant explain: what would be decided, check by check, without issuing, spending or writing anything.

import { Command, Option } from 'commander';
import { openForQuestions } from '../asking.ts';
import type { Loaded } from '../config/compile.ts';
import { sendSites } from '../config/rule-sites.ts';
import { ink } from '../demo/ink.ts';
import { type ExplainQuestion, readQuestion } from '../explain/asked.ts';
import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { silentLog } from '../observe/log.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import { renderExplained } from './explain-text.ts';
import { WrongUsage } from './failure.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';
import { readGiven } from './token.ts';

type Flags = ConfigFlag & {
  readonly json?: boolean;
  readonly trace?: string;
  readonly request?: string;
  readonly client?: string;
  readonly grant?: string;
  readonly presented?: string;
  readonly token?: string;
  readonly claims?: string;
  readonly issuer?: string;
  readonly sub?: string;
  readonly to: readonly string[];
  readonly resource: readonly string[];
  readonly scope?: string;
  readonly want?: string;
  readonly jkt?: string;
};

/** What is of no use beside a request that is there already. */
const suppositions = ['client', 'sub', 'issuer', 'claims', 'token', 'presented', 'scope', 'want', 'jkt'];

const many = (value: string, before: readonly string[]) => [...before, value];

export function explainCommand(io: CliIo): Command {
  return new Command('explain')
    .summary('say what would be decided about a request, and why')
    .description(
      'Walks a request through every check without issuing, spending or writing: a client with a token or claims, a whole request, or one of the past. ' +
        'Exit code 1 when it would be refused.',
    )
    .addOption(configOption(io))
    .option('--client <id>', 'the client that would ask; it need not prove who it is')
    .option('--sub <sub>', 'the subject of the token it would present')
    .option('--issuer <issuer>', 'the issuer of that token, or the name of its domain')
    .option('--claims <json>', 'more claims of that token, as JSON or @FILE')
    .option('--token <token>', 'a real token instead, verified as always: TOKEN, @FILE, or - for standard input')
    .option('--presented <kind>', 'what it is: id_token, access_token, jwt; for a redemption id-jag or jwt')
    .option('--to <target>', 'partner (issuer or name of its domain) or resource it is for', many, [])
    .option('--resource <uri>', 'protected resource', many, [])
    .option('--scope <scopes>', 'scopes asked for, parted by spaces')
    .option('--want <kind>', 'kind of token asked for: id-jag, jwt, access_token')
    .addOption(
      new Option('--grant <grant>', 'how it is asked; jwt-bearer and jwt-dpop: a grant a partner brings')
        .choices(['token-exchange', 'jwt-bearer', 'jwt-dpop'])
        .default(exchange),
    )
    .option('--jkt <thumbprint>', 'key the caller would show to hold')
    .addOption(
      new Option(
        '--request <file>',
        'a whole request instead: a form as it is sent, or JSON with form, authorization, dpop',
      ).conflicts(suppositions),
    )
    .addOption(
      new Option('--trace <id>', 'a request of the past, by today’s rules, as of its own time').conflicts([
        'request',
        ...suppositions,
      ]),
    )
    .option('--json', 'print the explanation as JSON')
    .action((flags: Flags) => run(flags, io));
}

async function run(flags: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io);
  const question = await questionOf(flags, loaded, io);
  const asking = await openForQuestions(loaded, { log: silentLog, now: Date.now, inForce: true });
  try {
    const explained = await asking.explain(question);
    if ('problem' in explained) throw new Error(explained.problem);
    if (flags.json) printJson(explained, io);
    else printLine(renderExplained(explained, ink(io.stdout.isTTY === true)), io);
    io.exit(explained.outcome === 'granted' ? 0 : 1);
  } finally {
    await asking.close();
  }
}

async function questionOf(flags: Flags, loaded: Loaded, io: CliIo): Promise<ExplainQuestion> {
  const { trace, request } = flags;
  const asked =
    trace !== undefined
      ? { trace }
      : request !== undefined
        ? { request: readRequest(await readGiven(`@${request}`, io)) }
        : { suppose: await supposedOf(flags, loaded, io) };
  const read = readQuestion(asked);
  if ('problem' in read) throw new WrongUsage(`This cannot be explained: ${read.problem}`);
  return read.question;
}

async function supposedOf(flags: Flags, { files }: Loaded, io: CliIo): Promise<object> {
  const { client, grant, presented, token, scope, want, jkt } = flags;
  const issuers = new Map(files.domains.map(({ domain, config }) => [domain, config.issuer]));
  const named = (name: string) => issuers.get(name) ?? name;
  const known = issuersFor(grant, files);
  const claims = token === undefined ? await claimsOf(flags, named, known, io) : undefined;
  const missing = claims ? unsaid(claims, known) : [];
  if (client === undefined)
    throw toSay(['which client would ask: --client ID', ...missing, 'or give --request FILE or --trace ID']);
  if (missing.length > 0) throw toSay(missing);
  return {
    client,
    grant,
    ...targetsOf(flags, named, files),
    ...(presented !== undefined && { presented }),
    ...(scope !== undefined && { scope }),
    ...(want !== undefined && { want }),
    ...(jkt !== undefined && { jkt }),
    ...(token === undefined ? { claims } : { token: (await readGiven(token, io)).trim() }),
  };
}

const toSay = (what: readonly string[]) => new WrongUsage(`Say ${what.join('; ')}.`);

/** What a token without these claims would not tell; `known`: issuers there are. */
function unsaid({ iss, sub }: JsonObject, known: readonly string[]): readonly string[] {
  return [
    ...(typeof iss === 'string'
      ? []
      : [`whose token it would be: --issuer ISSUER (${known.join(', ') || 'none is configured'})`]),
    ...(typeof sub === 'string' ? [] : ['for whom: --sub SUBJECT, or a --token']),
  ];
}

/** A resource of a partner is asked for as one (RFC 8707 §2); everything else `--to` names is an audience. */
function targetsOf({ to, resource }: Flags, named: (name: string) => string, files: Loaded['files']) {
  const theirs = new Set(sendSites(files).flatMap(({ rule }) => rule.resources));
  return {
    audience: to.filter((name) => !theirs.has(name)).map(named),
    resource: [...resource, ...to.filter((name) => theirs.has(name))],
  };
}

/** Issuers whose tokens count as somebody's authority, or whose grants are taken. */
function issuersFor(grant: string | undefined, { domains }: Loaded['files']): readonly string[] {
  const counting = domains.filter(({ config }) => (grant === exchange ? config.subjects : config.accept));
  return counting.map(({ config }) => config.issuer);
}

const exchange = 'token-exchange';

async function claimsOf(
  { claims: given, issuer, sub }: Flags,
  named: (name: string) => string,
  known: readonly string[],
  io: CliIo,
): Promise<JsonObject> {
  const more =
    given === undefined ? {} : readObject(given.startsWith('@') ? await readGiven(given, io) : given, '--claims');
  const only = known.length === 1 ? known[0] : undefined;
  return { ...more, iss: issuer === undefined ? (more['iss'] ?? only) : named(issuer), sub: sub ?? more['sub'] };
}

function readObject(text: string, what: string) {
  try {
    return parseJsonObject(Buffer.from(text));
  } catch (error) {
    if (error instanceof JsonError) throw new WrongUsage(`${what} is no JSON object: ${error.message}`);
    throw error;
  }
}

/** A form as it is sent (`a=1&b=2`), or JSON with headers beside it. */
function readRequest(text: string): object {
  if (text.trimStart().startsWith('{')) return readObject(text, '--request');
  if (!text.includes('=')) throw new WrongUsage('--request is neither a form (a=1&b=2) nor JSON with `form`');
  const form: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(text.trim())) form[name] = [...(form[name] ?? []), value];
  return { form };
}
