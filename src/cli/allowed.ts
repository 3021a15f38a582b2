// What a configuration allows, rule by rule, in plain words: for check, and for whoever looks at one domain.

import { compile, type Loaded } from '../config/compile.ts';
import { isHere } from '../config/postgres-url.ts';
import { type ConfigProblem, printPath } from '../config/problems.ts';
import { trialSites } from '../config/report-only.ts';
import type { Settings } from '../config/settings.ts';
import { nameOfStore } from '../config/store.ts';
import { wrapText } from '../demo/ink.ts';
import { type ProfileValue, spelledValues } from '../explain/profiles.ts';
import { endingTrusts, type HealthWarning } from '../observe/health.ts';
import type { Acceptance, Rule } from '../token/policy/rule.ts';
import { guardedFetch } from '../trust/guarded-fetch.ts';

/** One rule: its name, and a sentence. `state`: absent where it counts. */
export type Allowed = { readonly rule: string; readonly says: string; readonly state?: 'report-only' };
/** What there is and who may what. */
export type Summary = {
  readonly issuer: string;
  /** Without a password. */
  readonly store: string;
  readonly clients: number;
  readonly domains: readonly {
    readonly name: string;
    readonly issuer: string;
    readonly state: string;
    /** Its make, and what that says for what its file leaves out. */
    readonly profile?: { readonly name: string; readonly values: readonly ProfileValue[] };
    readonly allows: readonly Allowed[];
  }[];
  readonly own: readonly Allowed[];
  /** What is good today and needs somebody's attention. */
  readonly warnings: readonly HealthWarning[];
  readonly advice: readonly ConfigProblem[];
};

/** Reads it off the compiled configuration; nothing is fetched. */
export function summarize(loaded: Loaded): Summary {
  const none = { find: () => undefined };
  const deps = { fetch: guardedFetch(loaded.settings.network), now: Date.now, signerKeys: none };
  const { issuer, clients, domains, rules } = compile(loaded, deps);
  const tried = new Set(trialSites(loaded.files).map(({ rule }) => rule));
  const allowedHere = (rule: Rule, acceptance?: Acceptance): Allowed => ({
    ...allowedBy(rule, acceptance),
    ...(tried.has(rule.id) && { state: 'report-only' }),
  });
  const listed = [...domains.values()].map((domain) => {
    const { name, state, subjects } = domain;
    const acceptance = rules.accept(domain);
    const allows = [
      ...(subjects
        ? [
            {
              rule: `${name}.subjects`,
              says: `${list([...subjects.tokens])} of ${list([...subjects.clients.keys()])} count as authority`,
            },
          ]
        : []),
      ...rules.send(domain.issuer).map(({ rule }) => allowedHere(rule)),
      ...(acceptance ? [allowedHere(acceptance.rule, acceptance)] : []),
    ];
    const profile = profileOf(name, loaded);
    return { name, issuer: domain.issuer, state, ...(profile && { profile }), allows };
  });
  const own = [...clients.keys()].flatMap((id) => rules.access(id).map((rule) => allowedBy(rule)));
  return {
    issuer,
    store: keptIn(loaded.settings),
    clients: clients.size,
    domains: listed,
    own,
    warnings: endingTrusts(domains, Date.now() / 1000),
    advice: loaded.advice,
  };
}

function profileOf(name: string, { files }: Loaded) {
  const file = files.domains.find(({ domain }) => domain === name);
  if (file?.config.profile === undefined) return undefined;
  const values = file.laid.map(({ path, value }) => ({ setting: printPath(path), value }));
  return { name: file.config.profile, values };
}

/** What comes from a profile, on a few lines. */
export function toldProfile({ name, values }: NonNullable<Summary['domains'][number]['profile']>): string {
  const says = spelledValues(values);
  return told({ rule: `profile ${name}`, says: says === '' ? 'says nothing this file does not say' : says });
}

/** Where it is kept; and said, where anybody on the way could read and change it. */
function keptIn(settings: Settings): string {
  const { store } = settings;
  const isOpen = store.kind === 'postgres' && store.tls.mode === 'off' && !isHere(store.host);
  return `${nameOfStore(settings)}${isOpen ? ', over a connection that is not encrypted' : ''}`;
}

const list = (values: readonly string[]) => (values.length > 0 ? values.join(', ') : 'nobody');
/** `2 clients`; `many`: where that is not made by an s. */
export const counted = (count: number, what: string, many = `${what}s`) => `${count} ${count === 1 ? what : many}`;
const minutes = (seconds: number) => (seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`);

/** What a rule allows; `acceptance`: of a rule for grants of a partner. */
export function allowedBy(rule: Rule, acceptance?: Acceptance): Allowed {
  if (acceptance) return { rule: rule.id, says: accepts(acceptance) };
  return { rule: rule.id, says: rule.audience === undefined ? reaches(rule) : sends(rule) };
}

function reaches({ resources, scopes, lifetime }: Rule): string {
  const what = scopes.size > 0 ? [...new Set(scopes.values())].join(' ') : 'no scopes';
  return `${list(resources)} with ${what}, for ${minutes(lifetime)} at most`;
}

function sends(rule: Rule): string {
  return `${list([...rule.clients.keys()])} may take ${rule.issues.name} grants to ${reaches(rule)}`;
}

function accepts({ grants, reuse, rule }: Acceptance): string {
  const once = reuse === 'once' ? 'once each' : 'until they expire';
  return `${list([...rule.clients.keys()])} may redeem ${[...grants].join(' and ')} grants, ${once}, for ${reaches(rule)}`;
}

/** The rule on a line, what it says wrapped below it. */
export const told = ({ rule, says, state }: Allowed) =>
  `  ${rule}${state === undefined ? '' : `  (${state})`}\n${wrapText(says, 96, '    ')}`;
