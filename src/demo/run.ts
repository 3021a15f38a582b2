// The demonstration from start to end: start both domains, walk the chain, say how to go on, and stay until told to stop.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CliIo } from '../cli/io.ts';
import { walkChain } from './chain.ts';
import { curlLines } from './curl.ts';
import { asExpected, type Hop } from './hop.ts';
import { type Ink, ink } from './ink.ts';
import { type Kit, writeKit } from './kit.ts';
import { renderHop } from './render.ts';
import { startWorld } from './world.ts';

export type DemoOptions = {
  readonly once: boolean;
  readonly json: boolean;
  readonly https: boolean;
  /** Where the kit goes; default: a folder beside the demonstration's own files. */
  readonly kit: string | undefined;
};

/** Where the four listen when nobody else does. */
const usualPorts = [8701, 8702, 8703, 8704] as const;

/** Runs the demonstration; true when every hop went as it should. */
export async function runDemo(options: DemoOptions, io: CliIo, now: () => number): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'crossgrant-demo-'));
  const paint = ink(io.stdout.isTTY === true && !io.env['NO_COLOR']);
  const say = (text: string) => options.json || io.stdout.write(`${text}\n`);
  const world = await startSomewhere({ folder, https: options.https, now }, io);
  try {
    const kitFolder = options.kit === undefined ? join(folder, 'kit') : resolve(io.cwd, options.kit);
    const kit = await writeKit(world, kitFolder, now());
    say(introduction(kit, paint));
    const hops: Hop[] = [];
    for await (const hop of walkChain(world, now)) {
      hops.push(hop);
      say(renderHop(hop, hops.length, paint));
    }
    const good = hops.every(asExpected);
    if (options.json)
      io.stdout.write(`${JSON.stringify({ ok: good, hops, kit: kitFolder, places: kit }, undefined, 2)}\n`);
    else say(`${conclusion(hops, paint)}\n`);
    if (!options.once) say(nextSteps(kit, kitFolder, paint));
    if (!options.once) await stopped(io.signal);
    return good;
  } finally {
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startSomewhere(place: { folder: string; https: boolean; now: () => number }, io: CliIo) {
  try {
    return await startWorld({ ...place, ports: usualPorts });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    io.stderr.write(`Ports ${usualPorts.join(', ')} are not all free; taking others.\n`);
    return startWorld({ ...place, ports: [0, 0, 0, 0] });
  }
}

function introduction(kit: Kit, paint: Ink): string {
  const who = (name: string, address: string, what: string) =>
    `   ${paint.bold(name.padEnd(9))} ${address.padEnd(32)} ${paint.dim(what)}`;
  return [
    '',
    paint.bold('crossgrant demo: a token of one trust domain becomes access in another'),
    '',
    who('login', kit.identity_provider.issuer, "acme's identity provider"),
    who('acme', kit.home.issuer, "acme's broker: the home domain"),
    who('contoso', kit.partner.issuer, "contoso's broker: the partner domain"),
    who('calendar', kit.resource.identifier, 'a protected resource of contoso'),
    '',
    "   Alice works at acme. Her travel agent (software) needs her events from contoso's calendar.",
    '',
  ].join('\n');
}

function conclusion(hops: readonly Hop[], paint: Ink): string {
  const wrong = hops.findIndex((hop) => !asExpected(hop));
  const hop = hops[wrong];
  return hop
    ? paint.red(`Hop ${wrong + 1} went wrong: it answered ${hop.response.status} instead of ${hop.expectedStatus}.`)
    : paint.green('Every hop went as it should: a token of acme became access at contoso, and only once.');
}

function nextSteps(kit: Kit, folder: string, paint: Ink): string {
  const curl = curlLines(kit, folder).map(
    ({ what, line }) => `   ${paint.dim(`# ${what}`)}\n   ${line.replaceAll('\n', '\n   ')}\n`,
  );
  const { home, partner } = kit.configuration;
  const commands = [
    `token decode @${join(folder, 'desk-agent.id-token.jwt')}`,
    `check --config ${home}`,
    `check --config ${partner}`,
    `keys list --config ${partner}`,
    `audit verify --config ${partner}`,
    `audit export --config ${partner}`,
  ];
  return [
    paint.bold('How to go on'),
    '',
    ...curl,
    `   ${paint.dim('# Look at a token, at what both sides allow, and at what contoso wrote down')}`,
    ...commands.map((line) => `   npm run -s crossgrant -- ${line}`),
    '',
    `   Everything a client of your own needs is in ${paint.bold(folder)}`,
    `   ${paint.dim('(start with its README.md; `-- --kit DIR` puts it where you like)')}`,
    '',
    'Running. Ctrl-C stops it.',
  ].join('\n');
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
