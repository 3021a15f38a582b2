// What suspending somebody would hit, what was done and what proves it, for people.

import type { Broker } from '../broker.ts';
import { type Ink, wrapText } from '../demo/ink.ts';
import type { BlastRadius } from '../suspension/blast-radius.ts';
import type { Canary } from '../suspension/canary.ts';
import type { Heard } from '../suspension/heard.ts';
import type { Stopped } from '../suspension/stop.ts';
import { called, type Target } from '../suspension/target.ts';
import { type Allowed, counted, told } from './allowed.ts';
import { ago } from './domain/health-text.ts';
import { table } from './output.ts';
import { sinceBy } from './suspended.ts';

const width = 110;
const paragraph = (text: string) => wrapText(text, width, '  ');

/** `now` in milliseconds. */
export function renderRadius(target: Target, radius: BlastRadius, allowed: readonly Allowed[], now: number): string {
  const { already, clients, tokens, lastUse } = radius;
  const standing = already ? [`${called(target)} is suspended already, ${sinceBy(already)}.`] : [];
  const rules =
    allowed.length > 0 ? allowed.map(told) : ['  no rule of the configuration: nothing can be issued for it anyway'];
  const rows = clients.map(({ client, agent, tokens: held, newest }) => [
    `  ${client}`,
    agent ?? '',
    String(held),
    newest === null ? '' : ago(newest, now),
  ]);
  const used = lastUse === null ? 'no use is remembered' : `last used ${ago(lastUse, now)}`;
  return [
    [...standing, `Suspending ${called(target)} stops`, ...rules].join('\n'),
    ...(rows.length > 0 ? [table(['  client', 'agent', 'live tokens', 'newest'], rows)] : []),
    [
      `  ${tokens === 0 ? 'No' : tokens} live token${tokens === 1 ? '' : 's'} will be revoked; ${used}.`,
      ...outliving(radius),
    ].join('\n'),
  ].join('\n\n');
}

/** What no revocation of ours can end. */
function outliving({ outlives: { grants, accessTokens } }: BlastRadius): readonly string[] {
  const partner = `Grants that have left are good at the partner until they expire, ${lasting(grants)} at most, and what it made of them as long as it says: tell its operators.`;
  const resource = `Access tokens end at once at resources that ask us (introspection, liveness), elsewhere within ${lasting(accessTokens)}.`;
  return [...(grants > 0 ? [paragraph(partner)] : []), ...(accessTokens > 0 ? [paragraph(resource)] : [])];
}

export function renderStopped(target: Target, stopped: Stopped, processes: Heard, { bold, red, green }: Ink): string {
  const { suspension, already, revoked, traceId, canaries, proven } = stopped;
  const head = `${called(target)} ${already ? 'was suspended before' : 'is suspended'}, ${sinceBy(suspension)}`;
  const verdict = proven
    ? green('nothing gets through, tried from here on the store that all processes write to')
    : red('SOMETHING GOT THROUGH: stop the brokers, and look at the audit trail');
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ['revoked', [`${counted(revoked, 'live token')}`]],
    ['proof', [verdict, ...canaries.map(tellCanary)]],
    ['heard', tellProcesses(processes)],
    ...(traceId === null ? [] : [['record', [`trace ${traceId}`]] as const]),
  ];
  return [
    bold(head),
    ...lines.flatMap(([name, [first = '', ...more]]) => [
      `${name.padEnd(8)} ${first}`,
      ...more.map((line) => `${' '.repeat(8)} ${line}`),
    ]),
  ].join('\n');
}

function tellCanary({ rule, path, store, hindrance }: Canary): string {
  if (rule === null)
    return store === 'refused' ? 'the store takes nothing that names it' : 'the store TOOK what names it';
  const heard = path === 'granted' ? 'GRANTED' : path === 'not asked' ? 'not tried' : `refused, ${path}`;
  if (store === 'not reached') return `${rule}: ${heard}; not tried on the store, since ${hindrance} stands before it`;
  const deaf = store === 'refused' ? 'and by the store where a process has not heard of it' : 'and the store TOOK it';
  return `${rule}: ${heard}, ${deaf}`;
}

function tellProcesses({ heard, silent }: Heard): readonly string[] {
  const all = heard.length + silent.length;
  if (all === 0) return ['no process reports that it runs'];
  const names = silent.map(
    ({ host, pid }) => `${host} ${pid} has not said so yet; it issues nothing for it either, since the store refuses`,
  );
  return [`${heard.length} of ${counted(all, 'process', 'processes')}`, ...names];
}

/** What the configuration itself says, which no command changes; '' when nothing. */
export function renderConfigState(
  { suspendable: { kind, issuer, name } }: Target,
  { domains, clients }: Broker,
): string {
  const domain = kind === 'domain' ? domains.get(issuer) : undefined;
  if (domain?.state === 'suspended') return `; its file says \`state: suspended\`, which stops it all the same`;
  if (kind === 'client' && clients.get(name)?.suspended)
    return '; the configuration says `suspended: true`, which stops it all the same';
  return '';
}

const lasting = (seconds: number) => (seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`);
