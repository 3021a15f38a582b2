// What of a partner a reviewer should look at before anything is sent there or accepted from it.

import { nearestName } from '../config/nearest.ts';
import { isSignatureAlgorithm } from '../jose/algorithms.ts';
import { limits } from '../protocol/limits.ts';
import { grantProfiles, grantTypes, tokenTypes } from '../protocol/urns.ts';
import type { FoundKeys } from './found-keys.ts';
import type { FoundPartner } from './read-partner.ts';
import type { FoundResource } from './read-resource.ts';

/**
 * `blocks`: nothing can work that way before it is mended. `about`: what it announces, the document itself, hosts beside that of
 * the issuer, its resources, its keys, its clock.
 */
export type Concern = {
  readonly way: 'send' | 'accept' | 'any';
  readonly about: 'announced' | 'metadata' | 'hosts' | 'resource' | 'keys' | 'clock';
  readonly text: string;
  readonly blocks?: true;
};

type Look = (partner: FoundPartner) => Concern | false | undefined;

const looks: readonly Look[] = [
  ({ metadata }) =>
    metadata.token_endpoint === undefined && {
      way: 'send',
      about: 'metadata',
      blocks: true,
      text: 'its metadata names no token_endpoint: nobody could take a grant of ours',
    },
  ({ announced }) =>
    !announced.grants.includes(grantTypes.jwtBearer) && {
      way: 'send',
      about: 'announced',
      text: 'it does not announce the jwt-bearer grant (RFC 7523 §2.1): ask whether it takes grants at all',
    },
  ({ announced: { profiles } }) =>
    !profiles.includes(grantProfiles.idJag) && {
      way: 'send',
      about: 'announced',
      text: profiles.includes(tokenTypes.idJag)
        ? 'it announces ID-JAG by its token type: …:token-type:id-jag where callers look for …:grant-profile:id-jag (authorization_grant_profiles_supported); ask whether it takes them'
        : 'it does not announce that it takes ID-JAG (authorization_grant_profiles_supported): ask which grants it takes',
    },
  ({ announced }) =>
    !announced.clientMethods.includes('private_key_jwt') && {
      way: 'send',
      about: 'announced',
      text: `it does not announce private_key_jwt (only ${announced.clientMethods.join(', ')}): our agents may need a secret there`,
    },
  ({ announced }) =>
    !announced.grants.includes(grantTypes.tokenExchange) && {
      way: 'accept',
      about: 'announced',
      text: 'it does not announce token exchange (RFC 8693): ask how its agents get the grants they bring',
    },
  ({ announced }) =>
    announced.issues.length > 0 &&
    ![tokenTypes.idJag, tokenTypes.jwt].some((type) => announced.issues.includes(type)) && {
      way: 'accept',
      about: 'announced',
      text: `it announces none of the grants we take, only ${announced.issues.join(', ')}`,
    },
  ({ announced }) =>
    [...announced.clientAlgorithms, ...announced.tokenAlgorithms].includes('none') && {
      way: 'any',
      about: 'announced',
      text: 'it announces the algorithm none, which lets anybody sign (RFC 8414 §2)',
    },
  ({ announced: { tokenAlgorithms } }) =>
    tokenAlgorithms.length > 0 &&
    !tokenAlgorithms.some(isSignatureAlgorithm) && {
      way: 'accept',
      about: 'announced',
      text: `it announces no algorithm we know, only ${tokenAlgorithms.join(', ')}`,
    },
  ({ announced: { malformed } }) =>
    malformed.length > 0 && {
      way: 'any',
      about: 'metadata',
      text: `malformed in its metadata, and taken for absent: ${malformed.join(', ')}`,
    },
  ({ disagree, issuer }) =>
    disagree.length > 0 && {
      way: 'any',
      about: 'metadata',
      text: `its two metadata documents disagree about ${disagree.join(', ')}: we go by the one of RFC 8414; ${issuer} should mend that`,
    },
  ({ profile: { issuerFault }, issuer }) => {
    const fault = issuerFault?.(issuer);
    return fault !== undefined && { way: 'any', about: 'metadata', text: fault };
  },
  elsewhere,
];

const keyLooks: readonly ((keys: FoundKeys) => Concern | undefined)[] = [unusable, passedOver, withoutKid, clock];

/** Everything to look at. `resources`: those of the partner that were read. */
export function concernsOf(partner: FoundPartner, resources: readonly FoundResource[]): readonly Concern[] {
  const found = looks.map((look) => look(partner)).filter((concern) => typeof concern === 'object');
  const listed = resources.flatMap((resource) => unlisted(resource, partner));
  return [...found, ...keyConcerns(partner.keys), ...listed];
}

/** Scopes that are to be sent and that nobody announces; `scopes`: as they call them. Who announces none has said nothing. */
export function unannouncedScopes(
  scopes: readonly string[],
  { announced }: FoundPartner,
  resources: readonly FoundResource[],
): readonly Concern[] {
  const known = [...announced.scopes, ...resources.flatMap((resource) => resource.scopes)];
  if (known.length === 0) return [];
  return scopes
    .filter((scope) => !known.includes(scope))
    .map((scope) => {
      const near = nearestName(scope, known);
      const remedy = near === undefined ? 'ask whether it has it' : `perhaps ${near} is meant`;
      return { way: 'send', about: 'announced', text: `it does not announce the scope ${scope}: ${remedy}` };
    });
}

/** What to look at in its keys. */
export function keyConcerns(keys: FoundKeys): readonly Concern[] {
  return keyLooks.map((look) => look(keys)).filter((concern) => concern !== undefined);
}

function unusable({ place, fault }: FoundKeys): Concern | undefined {
  if (fault === undefined) return undefined;
  const text = `its keys cannot be used: ${place && `${place}: `}${fault}`;
  return { way: 'accept', about: 'keys', blocks: true, text };
}

/** Common and legitimate, and yet what an attacker who could change one value would do. */
function elsewhere({ issuer, metadata }: FoundPartner): Concern | undefined {
  const { host } = new URL(issuer);
  const away = (['token_endpoint', 'jwks_uri'] as const).filter((name) => {
    const url = metadata[name];
    return url !== undefined && (!URL.canParse(url) || new URL(url).host !== host);
  });
  if (away.length === 0) return undefined;
  return {
    way: 'any',
    about: 'hosts',
    text: `at another host than its issuer: ${away.map((name) => `${name} ${metadata[name]}`).join(', ')}`,
  };
}

/** Keys for encryption belong in a key set; others that are passed over may be needed one day. */
function passedOver({ keys }: FoundKeys): Concern | undefined {
  const odd = keys.filter(({ ignored }) => ignored !== null && ignored !== 'use is not sig');
  if (odd.length === 0) return undefined;
  const told = odd.map(({ kid, ignored }) => `${kid ?? 'without kid'} (${ignored})`);
  return { way: 'accept', about: 'keys', text: `keys we cannot verify with are passed over: ${told.join(', ')}` };
}

function withoutKid({ keys }: FoundKeys): Concern | undefined {
  const nameless = keys.filter(({ kid, ignored }) => kid === null && ignored === null);
  if (nameless.length === 0 || keys.length === 1) return undefined;
  return {
    way: 'accept',
    about: 'keys',
    text: 'keys without kid beside others: a token that names no key cannot be told whose it is',
  };
}

function clock({ clockOffsetMs }: FoundKeys): Concern | undefined {
  if (clockOffsetMs === undefined || Math.abs(clockOffsetMs) < limits.clockBehind * 1000) return undefined;
  const seconds = Math.round(Math.abs(clockOffsetMs) / 1000);
  const side = clockOffsetMs > 0 ? 'ahead of' : 'behind';
  return {
    way: 'any',
    about: 'clock',
    text: `its clock is ${seconds} s ${side} ours: tokens would be refused for their times`,
  };
}

/** RFC 9728 §4, §7.6: where both sides have a list, each should name the other. */
function unlisted(
  { uri, authorizationServers }: FoundResource,
  { issuer, announced }: FoundPartner,
): readonly Concern[] {
  const told: Concern[] = [];
  if (authorizationServers.length > 0 && !authorizationServers.includes(issuer)) {
    const text = `${uri} does not take tokens of this partner, only of ${authorizationServers.join(', ')} (RFC 9728)`;
    told.push({ way: 'send', about: 'resource', text, blocks: true });
  }
  if (announced.resources.length > 0 && !announced.resources.includes(uri)) {
    told.push({
      way: 'send',
      about: 'resource',
      text: `it does not list ${uri} among its protected_resources (RFC 9728 §4)`,
    });
  }
  return told;
}
