// What a partner shows without being asked for anything: metadata, keys, connection and clock.

import { concernsOf } from '../partners/concerns.ts';
import type { FoundPartner } from '../partners/read-partner.ts';
import { grantTypes } from '../protocol/urns.ts';
import type { Line } from './types.ts';

/** Further than this, in milliseconds, clocks should not be apart: tokens are refused for it. */
const mostOffsetMs = 5_000;

/** The lines about what was read; `method`: how our client authenticates there. */
export function seenLines(partner: FoundPartner, method: string): readonly Line[] {
  return [...metadataLines(partner, method), ...keyLines(partner), ...connectionLines(partner), ...clockLines(partner)];
}

function metadataLines(partner: FoundPartner, method: string): readonly Line[] {
  const { metadata, announced } = partner;
  const concerns = concernsOf(partner, []).filter(({ way }) => way !== 'accept');
  const methods = announced.clientMethods;
  return [
    {
      id: 'metadata/read',
      area: 'metadata',
      verdict: 'ok',
      what: 'metadata of the issuer',
      found: metadata.place,
      section: 'RFC 8414 §3.3',
    },
    {
      id: 'metadata/jwt-bearer',
      area: 'metadata',
      verdict: announced.grants.includes(grantTypes.jwtBearer) ? 'ok' : 'notice',
      what: 'announces the jwt-bearer grant',
      found: announced.grants.join(' ') || 'announces none',
      section: 'RFC 7523 §2.1',
    },
    {
      id: 'metadata/auth-method',
      area: 'metadata',
      verdict: methods.length === 0 || methods.includes(method) ? 'ok' : 'notice',
      what: `announces ${method}, by which we authenticate`,
      found: methods.join(' ') || 'announces none',
      section: 'RFC 8414 §2',
    },
    ...concerns.map(
      ({ text, blocks }, at): Line => ({
        id: `metadata/concern-${at + 1}`,
        area: 'metadata',
        verdict: blocks ? 'problem' : 'notice',
        what: 'what its metadata lets expect',
        found: text,
        ...(blocks && { tell: text }),
      }),
    ),
  ];
}

function keyLines({ keys: { place, keys, fault } }: FoundPartner): readonly Line[] {
  const set: Line =
    fault === undefined
      ? {
          id: 'keys/fetched',
          area: 'keys',
          verdict: 'ok',
          what: 'key set',
          found: `${keys.length} at ${place}`,
          section: 'RFC 7517 §5',
        }
      : {
          id: 'keys/fetched',
          area: 'keys',
          verdict: 'notice',
          what: 'key set',
          found: fault,
          ...(place !== '' && { tell: `Your key set at ${place} cannot be used: ${fault}.` }),
        };
  const kids = keys.map(({ kid }) => kid);
  const repeated = kids.find((kid, at) => kid !== null && kids.indexOf(kid) < at);
  const nameless = keys.length > 1 && kids.includes(null);
  const odd: Line[] = [];
  if (repeated != null)
    odd.push({
      id: 'keys/kid-repeated',
      area: 'keys',
      verdict: 'problem',
      what: 'each key has its own `kid`',
      found: `${repeated} twice`,
      section: 'RFC 7517 §4.5',
      tell: `Two of your keys have the kid ${repeated}: which of them verifies is left to chance.`,
    });
  if (nameless)
    odd.push({
      id: 'keys/kid-missing',
      area: 'keys',
      verdict: 'notice',
      what: 'each key has a `kid`',
      found: 'one has none',
      section: 'RFC 7517 §4.5',
      tell: 'Give each key a kid, or a rotation cannot be followed.',
    });
  const ignored = keys.filter((key) => key.ignored !== null);
  return [
    set,
    ...odd,
    ...ignored.map((key): Line => {
      const leaked = /private|symmetric/.test(key.ignored ?? '');
      const told = `Key ${key.kid ?? '(without kid)'} of your set: ${key.ignored}.`;
      return {
        id: `keys/ignored/${key.kid ?? 'nameless'}`,
        area: 'keys',
        verdict: leaked ? 'problem' : 'notice',
        what: `key ${key.kid ?? '(without kid)'}`,
        found: key.ignored ?? '',
        tell: leaked ? `${told} Replace it at once: it is known to everybody.` : told,
      };
    }),
  ];
}

function connectionLines({ metadata }: FoundPartner): readonly Line[] {
  const endpoint = metadata.token_endpoint;
  if (endpoint === undefined) return [];
  const secure = endpoint.startsWith('https:');
  const sameHost = URL.canParse(endpoint) && new URL(endpoint).host === new URL(metadata.issuer).host;
  return [
    {
      id: 'connection/https',
      area: 'connection',
      verdict: secure ? 'ok' : 'problem',
      what: 'token endpoint is https',
      found: endpoint,
      section: 'RFC 6749 §3.2',
      ...(!secure && { tell: 'Your token endpoint is not https.' }),
    },
    {
      id: 'connection/host',
      area: 'connection',
      verdict: sameHost ? 'ok' : 'notice',
      what: 'token endpoint is at the host of the issuer',
      found: endpoint,
    },
  ];
}

function clockLines({ keys: { clockOffsetMs: offset } }: FoundPartner): readonly Line[] {
  if (offset === undefined)
    return [
      { id: 'clock/offset', area: 'clock', verdict: 'skipped', what: 'clock', found: 'its answers carry no date' },
    ];
  const apart = Math.abs(offset) > mostOffsetMs;
  const seconds = (offset / 1000).toFixed(1);
  return [
    {
      id: 'clock/offset',
      area: 'clock',
      verdict: apart ? 'problem' : 'ok',
      what: 'clock',
      found: `${seconds} s ahead of ours`,
      section: 'RFC 7519 §4.1.4',
      ...(apart && { tell: `Your clock is ${seconds} s ahead of ours; let both follow a time server.` }),
    },
  ];
}
