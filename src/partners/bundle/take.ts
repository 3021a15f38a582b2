// From a bundle and what was said yes to: the text of the file about its sender, a new one or the one there is with what is new in it.

import type { Loaded } from '../../config/compile.ts';
import type { DomainFile } from '../../config/files.ts';
import type { AcceptRule } from '../../config/schema/accept.ts';
import type { DomainConfig } from '../../config/schema/domain.ts';
import { usualAlgorithms } from '../../jose/algorithms.ts';
import { domainPath, schemaFrom } from '../domain-folder.ts';
import { acceptEntry, type DomainPlan, domainYaml, sendEntry } from '../domain-yaml.ts';
import { PartnerError } from '../partner-error.ts';
import type { Entry } from '../yaml.ts';
import { insertEntries, insertItems } from '../yaml-insert.ts';
import { acceptPart, clientsIn, scopesIn } from './accept-part.ts';
import type { BundleClaims } from './claims.ts';
import type { Consent } from './consent.ts';
import { replacedKeys } from './contradictions.ts';
import { type Bundle, keySet } from './open.ts';
import { beyond, sendPart } from './send-part.ts';

/** The file as it would be; `before`: as it is, where there is one. `notes`: what was not taken, or does not fit. */
export type Taken = {
  readonly path: string;
  readonly before?: string;
  readonly text: string;
  readonly notes: readonly string[];
};

/** A new file. Throws PartnerError where nothing was said yes to. */
export function takeNew(
  { claims, fingerprint }: Bundle,
  consent: Consent & { readonly name: string; readonly expires?: string | undefined },
  loaded: Loaded,
): Taken {
  const { brings, offers, iss, contact } = claims;
  const accept = consent.accept && acceptPart(asked(brings, 'brings no agents'), consent.accept, consent.name, loaded);
  const send = consent.send && sendPart(asked(offers, 'offers nothing'), consent.send, loaded);
  if (accept === undefined && send === undefined) {
    throw new PartnerError(
      'nothing of the bundle was said yes to: --accept lets their agents in, --send with --client lets ours go',
    );
  }
  const plan: DomainPlan = {
    issuer: iss,
    contact,
    ...(consent.expires !== undefined && { expires: consent.expires }),
    ...(accept && { algorithms: algorithmsOf(claims) }),
    ...(send && { send: send.plan }),
    ...(accept && { accept: accept.plan }),
  };
  const notes = [...(accept?.notes ?? []), ...(send?.notes ?? [])];
  const remarks = [
    `Written by \`crossgrant bundle import\` from a bundle of ${iss} with the fingerprint ${fingerprint}, made on ${day(claims.iat)}.`,
    ...(send?.notes ?? []).map((note) => `Look at: ${note}.`),
  ];
  return { path: domainPath(loaded, consent.name), text: domainYaml(plan, schemaFrom(loaded), remarks), notes };
}

/** What its keys are for, of what we take by default. */
function algorithmsOf({ jwks }: BundleClaims): readonly string[] {
  const known = keySet(jwks, 'its own keys').keys.flatMap(({ algorithms }) => algorithms);
  return usualAlgorithms.filter((name) => known.includes(name));
}

const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

function asked<T>(part: T | undefined, otherwise: string): T {
  if (part === undefined) throw new PartnerError(`the bundle ${otherwise}`);
  return part;
}

/** The file there is, with what is new and was said yes to. Nothing that stands in it is changed or taken away. */
export function takeInto(
  file: DomainFile,
  before: string,
  { claims }: Bundle,
  consent: Consent,
  loaded: Loaded,
): Taken {
  const { accept, send, expires } = file.config;
  const { until } = claims;
  const steps: readonly Step[] = [
    ...(consent.accept
      ? acceptSteps(asked(claims.brings, 'brings no agents'), consent.accept, accept, file, loaded)
      : []),
    ...sendSteps(claims, consent.send, send, loaded),
  ];
  const notes = steps.flatMap((step) => step.notes ?? []);
  const ends =
    until !== undefined && (expires === undefined || until < expires)
      ? [`they end this trust on ${until}, before we do`]
      : [];
  const text = steps.reduce((old, { change }) => change?.(old) ?? old, before);
  return { path: file.name, before, text, notes: [...ends, ...replacedKeys(claims, file, loaded), ...notes] };
}

type Step = { readonly change?: (text: string) => string; readonly notes?: readonly string[] };

function acceptSteps(
  brings: NonNullable<BundleClaims['brings']>,
  yes: NonNullable<Consent['accept']>,
  there: AcceptRule | undefined,
  { domain }: DomainFile,
  loaded: Loaded,
): readonly Step[] {
  if (there === undefined) {
    const { plan, notes } = acceptPart(brings, yes, domain, loaded);
    return [{ change: (text) => insertEntries(text, [], [acceptEntry(plan)]), notes }];
  }
  const { plans, notes } = clientsIn(brings, yes, loaded);
  const clients = fresh(plans, there.clients);
  const resources = (yes.resources ?? []).filter((uri) => !there.resources.includes(uri));
  const scopes = freshNames(yes.scopes ?? {}, there.scopes, 'accept.scopes');
  const all = { ...there.scopes, ...scopes };
  const { notGiven } = scopesIn(brings, { ...yes, scopes: all }, there.resources, loaded);
  const elsewhere = brings.resources.filter((uri) => ![...there.resources, ...resources].includes(uri));
  return [
    added(['accept', 'clients'], clients),
    { change: (text) => (resources.length > 0 ? insertItems(text, ['accept', 'resources'], resources) : text) },
    added(['accept', 'scopes'], scopes),
    {
      notes: [
        ...notes,
        ...notGiven.map(
          (scope) => `they ask for ${scope}, which \`accept\` does not give (--accept-scope ${scope}=OURS)`,
        ),
        ...elsewhere.map((uri) => `they ask for ${uri}, which \`accept\` does not give`),
      ],
    },
  ];
}

function sendSteps(
  { offers }: BundleClaims,
  yes: Consent['send'],
  there: DomainConfig['send'],
  loaded: Loaded,
): readonly Step[] {
  if (there === undefined) {
    if (yes === undefined) return [];
    const { plan, notes } = sendPart(asked(offers, 'offers nothing'), yes, loaded);
    return [{ change: (text) => insertEntries(text, [], [sendEntry(plan)]), notes }];
  }
  if (Array.isArray(there)) return [{ notes: ['`send` has several rules: what is new of it is for you to write'] }];
  const clients = freshNames(yes?.clients ?? {}, there.clients, 'send.clients');
  const resources = (yes?.resources ?? []).filter((uri) => !there.resources.includes(uri));
  const scopes = freshNames(yes?.scopes ?? {}, there.scopes, 'send.scopes');
  const sent = {
    clients: { ...there.clients, ...clients },
    resources: [...there.resources, ...resources],
    scopes: { ...there.scopes, ...scopes },
  };
  return [
    added(['send', 'clients'], clients),
    { change: (text) => (resources.length > 0 ? insertItems(text, ['send', 'resources'], resources) : text) },
    added(['send', 'scopes'], scopes),
    { notes: offers === undefined ? ['they offer nothing: none of our grants will be taken'] : beyond(sent, offers) },
  ];
}

function added(path: readonly string[], members: Readonly<Record<string, unknown>>): Step {
  const entries: readonly Entry[] = Object.entries(members).map(([key, value]) => ({ key, value }));
  return { change: (text) => (entries.length > 0 ? insertEntries(text, path, entries) : text) };
}

/** Members whose names are not there yet. */
function fresh<T>(wanted: Readonly<Record<string, T>>, there: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !Object.hasOwn(there, name)));
}

/** The same for names; one that means something else there is a contradiction, never overwritten. */
function freshNames(
  wanted: Readonly<Record<string, string>>,
  there: Readonly<Record<string, string>>,
  where: string,
): Readonly<Record<string, string>> {
  const other = Object.entries(wanted).find(([name, meaning]) => Object.hasOwn(there, name) && there[name] !== meaning);
  if (other)
    throw new PartnerError(
      `${where} has ${other[0]}: ${there[other[0]]} already, not ${other[1]}: change that by hand`,
    );
  return fresh(wanted, there);
}
