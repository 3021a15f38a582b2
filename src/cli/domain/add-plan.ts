// What nobody can read off a partner: which way, which clients, resources and scopes, under which names, until when.

import type { Loaded } from '../../config/compile.ts';
import { usualAlgorithms } from '../../jose/algorithms.ts';
import type { DomainPlan } from '../../partners/domain-yaml.ts';
import { proposedName } from '../../partners/proposed-name.ts';
import type { FoundPartner } from '../../partners/read-partner.ts';
import type { FoundResource } from '../../partners/read-resource.ts';
import { profileNamed, profileNames } from '../../trust/profiles/index.ts';
import type { Profile } from '../../trust/profiles/types.ts';
import { WrongUsage } from '../failure.ts';
import { type Interview, type Need, textWithout } from '../interview.ts';
import { askAccept, reachedQuestion } from './ask-accept.ts';
import { askSend, clientsQuestion } from './ask-send.ts';
import { readExpiry, readName } from './words.ts';

/** Each question as an option; those with several answers are lists. */
export type PlanFlags = {
  readonly name?: string;
  readonly contact?: string;
  readonly profile?: string;
  readonly expires?: string;
  readonly send?: boolean;
  readonly accept?: boolean;
  readonly grant?: string;
  readonly client?: readonly string[];
  readonly resource?: readonly string[];
  readonly scope?: readonly string[];
  readonly subject?: string;
  readonly acceptClient?: readonly string[];
  readonly acceptResource?: readonly string[];
  readonly acceptScope?: readonly string[];
  readonly acceptSubject?: string;
};

/** What the questions go by. */
export type Known = {
  readonly found: FoundPartner;
  readonly resources: readonly FoundResource[];
  readonly loaded: Loaded;
  readonly cwd: string;
  /** Milliseconds. */
  readonly now: number;
};

export type Ways = { readonly send: boolean; readonly accept: boolean };

const waysQuestion = {
  option: '--send or --accept',
  ask: 'Shall our agents go there, theirs come here, or both (send, accept, both)',
  read(answer: string): Ways {
    if (!['send', 'accept', 'both'].includes(answer)) throw new Error('must be send, accept or both');
    return { send: answer !== 'accept', accept: answer !== 'send' };
  },
};

const contactQuestion = {
  option: '--contact',
  ask: 'Whom to call when something is wrong',
  read: (text: string) => text,
};

/** What the options say of the way; undefined where they say nothing. */
function waysSaid(flags: PlanFlags): Ways | undefined {
  const send = flags.send ?? [flags.client, flags.scope, flags.subject, flags.grant].some((flag) => flag !== undefined);
  const accept =
    flags.accept ??
    [flags.acceptClient, flags.acceptResource, flags.acceptScope, flags.acceptSubject].some(
      (flag) => flag !== undefined,
    );
  return send || accept ? { send, accept } : undefined;
}

/** Asks which way tokens go; what other options speak of needs no question. */
export async function askWays({ one }: Interview, flags: PlanFlags): Promise<Ways> {
  return waysSaid(flags) ?? one(waysQuestion);
}

/** Where nobody is asked: throws WrongUsage with every option that is missing, before anything is read of the partner. */
export function checkSaid({ check }: Interview, issuer: string | undefined, flags: PlanFlags, loaded: Loaded): void {
  const ways = waysSaid(flags);
  const partner = {
    option: 'ISSUER or --resource',
    ask: 'Issuer identifier of its authorization server, or a resource of theirs',
  };
  check([
    { question: partner, given: issuer ?? flags.resource },
    { question: waysQuestion, given: ways },
    { question: contactQuestion, given: flags.contact },
    ...(ways?.accept && !ways.send ? [] : [within(clientsQuestion(loaded), flags.client, ways, '--send')]),
    ...(ways?.send && !ways.accept ? [] : [within(reachedQuestion(loaded), flags.acceptResource, ways, '--accept')]),
  ]);
}

/** A need of one way alone; as long as nobody said which, it goes with that. */
function within(
  { option, ask, fallback }: Need['question'],
  given: unknown,
  ways: Ways | undefined,
  way: string,
): Need {
  const told = ways ? option : `with ${way} ${option}`;
  return { question: { option: told, ask, ...(fallback !== undefined && { fallback }) }, given };
}

/** Asks for the name of the file, and whatever `ways` need. */
export async function askPlan(
  ask: Interview,
  flags: PlanFlags,
  ways: Ways,
  known: Known,
): Promise<{ readonly name: string; readonly plan: DomainPlan }> {
  const { found, loaded } = known;
  const name = await askDomainName(ask, flags.name, found.issuer, loaded);
  const contact = await ask.one(contactQuestion, flags.contact);
  const profile = profileFor(flags.profile, found);
  const send = ways.send ? await askSend(ask, flags, known, profile) : undefined;
  const accept = ways.accept ? await askAccept(ask, flags, name, known) : undefined;
  const expires = await askExpiry(ask, flags.expires, inAYear(known.now));
  const algorithms = algorithmsOf(found);
  return {
    name,
    plan: {
      issuer: found.issuer,
      ...(profile && isSpecial(profile, found.issuer) && { profile: profile.name }),
      contact,
      ...(expires !== undefined && { expires }),
      ...(ways.accept && algorithms.length > 0 && { algorithms }),
      ...(send && { send }),
      ...(accept && { accept }),
    },
  };
}

/** Asks for the name of a new file. */
export function askDomainName(
  { one }: Interview,
  given: string | undefined,
  issuer: string,
  { files }: Loaded,
): Promise<string> {
  const taken = files.domains.map(({ domain }) => domain);
  const nameFault = (text: string) =>
    taken.includes(text) ? `is taken: there is a domain ${text} already` : undefined;
  const question = {
    option: '--name',
    ask: 'Name of its file in domains/',
    fallback: proposedName(issuer, taken),
    read: (text: string) => textWithout(nameFault)(readName(text)),
  };
  return one(question, given);
}

/** Asks for the last day of a trust. */
export function askExpiry(
  { one }: Interview,
  given: string | undefined,
  fallback: string,
): Promise<string | undefined> {
  return one({ option: '--expires', ask: 'Last day (UTC) of this trust, or never', fallback, read: readExpiry }, given);
}

/** The make that was said, or that shows; undefined for `none`. */
function profileFor(given: string | undefined, { profile }: FoundPartner): Profile | undefined {
  if (given === undefined) return profile;
  if (given === 'none') return undefined;
  const named = profileNamed(given);
  if (named === undefined) throw new WrongUsage(`--profile is one of none, ${profileNames.join(', ')}`);
  return named;
}

/** Whether it says anything that the specifications do not. */
const isSpecial = (profile: Profile, issuer: string) => Object.keys(profile.defaults(issuer)).length > 0;

/** What its keys can be used for today, and we take by default. */
function algorithmsOf({ keys: { keys } }: FoundPartner): readonly string[] {
  return [...new Set(keys.flatMap(({ algorithms }) => algorithms))]
    .filter((name) => usualAlgorithms.some((usual) => usual === name))
    .sort();
}

/** The day a year from now (milliseconds): nothing is trusted for good without somebody saying so. */
export function inAYear(now: number): string {
  const date = new Date(now);
  date.setUTCFullYear(date.getUTCFullYear() + 1);
  return date.toISOString().slice(0, 10);
}
