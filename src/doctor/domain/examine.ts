// One other domain: what of it is needed is there, and fits what its file says.

import type { DomainFile } from '../../config/files.ts';
import { openReferences } from '../../config/references.ts';
import { sendSites } from '../../config/rule-sites.ts';
import type { DomainConfig } from '../../config/schema/domain.ts';
import { type Concern, concernsOf, keyConcerns } from '../../partners/concerns.ts';
import { describeKeys, type FoundKeys, readKeys } from '../../partners/found-keys.ts';
import { PartnerError } from '../../partners/partner-error.ts';
import { type FoundPartner, type Outside, readPartner } from '../../partners/read-partner.ts';
import { limits } from '../../protocol/limits.ts';
import { daysLeft, endOfDay, expiryWarning, isExpired } from '../../trust/expiry.ts';
import { placeOfKeys } from '../../trust/references.ts';
import { saidOfEnd } from '../certificate.ts';
import { type NotingFetch, notingFetch } from '../noting-fetch.ts';
import { type Say, sayOf } from '../say.ts';
import type { Patient, Said } from '../types.ts';
import { clockSaid } from './clock.ts';
import { keysSaid } from './keys.ts';
import { profileSaid } from './profile.ts';
import { readResources, resourcesSaid } from './resources.ts';

/** A domain that is stopped is left in peace. */
export async function examineDomain(file: DomainFile, patient: Patient, isStopped: boolean): Promise<readonly Said[]> {
  const say = sayOf(file.domain);
  const { config } = file;
  const ending = endingOf(file, patient, say);
  if (isStopped || config.state === 'suspended')
    return [...ending, say.notice('is suspended, and was not asked', `remove ${file.name} when that is for good`)];
  if (config.expires !== undefined && isExpired({ expiresAt: endOfDay(config.expires) }, patient.now() / 1000))
    return ending;
  const noted = notingFetch(patient.fetch, patient.now);
  return [...ending, ...(await askIt(file, patient, noted, say)), ...ends(noted, file, patient, say)];
}

function endingOf({ config: { expires } }: DomainFile, { now }: Patient, say: Say): readonly Said[] {
  if (expires === undefined) return [];
  const ending = { expiresAt: endOfDay(expires) };
  const warning = expiryWarning(ending, now() / 1000);
  if (warning === undefined) return [say.ok(`its trust lasts until ${expires}`)];
  const isUrgent = (daysLeft(ending, now() / 1000) ?? 0) <= limits.trustUrgentDays;
  return [say[isUrgent ? 'warning' : 'notice'](warning.problem, warning.remedy)];
}

async function askIt(file: DomainFile, patient: Patient, noted: NotingFetch, say: Say): Promise<readonly Said[]> {
  const outside: Outside = { fetch: noted.fetch, now: patient.now };
  const readOthers = keysElsewhere(file, patient, outside);
  const partner = await readPartner(file.config.issuer, outside, readOthers).catch(unlessPartner);
  if (partner instanceof PartnerError) {
    const keys = await readOthers?.();
    return [unreached(partner, file, say), ...(keys ? aboutKeys(keys, file, patient, say) : [])];
  }
  const resources = await readResources(file, noted.fetch);
  const concerns = concernsOf(partner, resources).filter(({ about }) => about !== 'keys' && about !== 'clock');
  return [
    say.ok(`its metadata is at ${partner.metadata.place}`),
    ...aboutKeys(partner.keys, file, patient, say),
    ...clockSaid(clockOf(partner, noted), file.config.contact, say),
    ...concerns.flatMap((concern) => concernSaid(concern, file.config, say)),
    ...profileSaid(partner.profile, file, say),
    ...resourcesSaid(partner, resources, file, say),
  ];
}

function unlessPartner(error: unknown): PartnerError {
  if (error instanceof PartnerError) return error;
  throw error;
}

/** Where the file says its keys are; undefined where its metadata does. */
function keysElsewhere(
  file: DomainFile,
  { loaded }: Patient,
  { fetch, now }: Outside,
): (() => Promise<FoundKeys>) | undefined {
  const reference = placeOfKeys(file.config.keys);
  if (reference === undefined) return undefined;
  const location = openReferences({ file, path: [], within: file.config }, loaded.sources, []).keys(reference);
  if (location.from === 'url') return () => readKeys(location.url, fetch, now);
  return location.from === 'inline' ? async () => ({ place: file.name, ...describeKeys(location.jwks) }) : undefined;
}

/** Whether tokens of it are verified here. */
const isVerified = ({ subjects, accept }: DomainConfig) =>
  accept !== undefined ||
  subjects?.tokens.some((kind) => kind !== 'access_token' || subjects.access_tokens !== 'opaque');

/** What here only works with its metadata; undefined when nothing does. */
function needOf(file: DomainFile): string | undefined {
  const { keys, subjects } = file.config;
  if (placeOfKeys(keys) === undefined && isVerified(file.config))
    return 'its keys are found through it: what it signs is refused';
  if (subjects?.introspection && subjects.introspection.endpoint === undefined)
    return 'where to ask about its tokens is found through it: they are refused';
  const redeems = sendSites({ domains: [file] }).some(
    ({ rule: { redeem } }) => redeem && redeem.token_endpoint === undefined,
  );
  return redeems ? 'where we redeem grants is found through it' : undefined;
}

function unreached(error: PartnerError, file: DomainFile, say: Say): Said {
  const need = needOf(file);
  const { contact } = file.config;
  if (need !== undefined)
    return say.error(`${error.message}; ${need}`, `see whether it answers from elsewhere, then ask ${contact}`);
  return say.notice(error.message, 'nothing here depends on it; whoever uses our grants does');
}

function aboutKeys(keys: FoundKeys, file: DomainFile, { now }: Patient, say: Say): readonly Said[] {
  // Of a domain we only send to nobody verifies anything.
  if (!isVerified(file.config)) return [];
  const { contact } = file.config;
  const concerns = keyConcerns(keys).filter(({ about, blocks }) => about === 'keys' && !blocks);
  return [...keysSaid(keys, file, now(), say), ...concerns.map(({ text }) => say.notice(text, `tell ${contact}`))];
}

/** That of the host of the issuer, else that of its keys: both sign and judge times. */
function clockOf({ issuer, keys }: FoundPartner, { clocks }: NotingFetch): number | undefined {
  return clocks.get(new URL(issuer).host) ?? keys.clockOffsetMs;
}

/** What it announces is known since it was added; hosts beside its own were looked at then. */
function concernSaid({ way, about, text, blocks }: Concern, config: DomainConfig, say: Say): readonly Said[] {
  const isUsed = way === 'any' ? true : config[way] !== undefined;
  if (!isUsed || about === 'hosts') return [];
  const remedy = `ask ${config.contact}`;
  if (blocks && about === 'metadata') return [say.error(text, remedy)];
  return [about === 'announced' ? say.notice(text, remedy) : say.warning(text, remedy)];
}

function ends({ certificates }: NotingFetch, { config }: DomainFile, { now }: Patient, say: Say): readonly Said[] {
  return [...certificates].map(([host, validity]) =>
    saidOfEnd(
      `the certificate of ${host}`,
      validity,
      now(),
      `ask ${config.contact}: nothing of it can be fetched past that`,
      say,
    ),
  );
}
