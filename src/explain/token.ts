// Explains a token without believing it: its kind, who stands in it, for whom, until when, and what is odd.

import { isJsonObject, JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { decodeJws, JwsError } from '../jose/jws.ts';
import { mediaType } from '../trust/verify-jwt.ts';
import { kindOf, type TokenKind } from './kind.ts';
import { isDate, oddities } from './oddities.ts';

export type Explanation = {
  readonly kind: TokenKind;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly issuer: string | null;
  /** The user, or whoever the authority is. */
  readonly subject: string | null;
  /** Who acts, outermost first. */
  readonly actors: readonly string[];
  readonly client: string | null;
  readonly audience: readonly string[];
  readonly resource: readonly string[];
  readonly scope: readonly string[];
  /** Seconds since the epoch; null where the token does not say. */
  readonly issuedAt: number | null;
  readonly expiresAt: number | null;
  /** Seconds left at the time of asking; negative when it is over. */
  readonly secondsLeft: number | null;
  /** What a DPoP proof is for: method and address; null for other tokens. */
  readonly request: string | null;
  /** Thumbprint of the key it is bound to. */
  readonly boundTo: string | null;
  /** What a reviewer would frown at. */
  readonly odd: readonly string[];
};

/** Explains `token` as of `now` (seconds). Never throws for what is in the token. */
export function explainToken(token: string, now: number): Explanation {
  const parts = token.split('.');
  const header = readPart(parts[0]);
  const claims = parts.length === 5 ? undefined : readPart(parts[1]);
  const kind =
    parts.length === 5 ? 'encrypted' : header && claims ? kindOf(mediaType(header['typ']), claims) : 'unreadable';
  return describe(
    kind,
    header ?? {},
    claims ?? {},
    [...strictFaults(token, parts), ...oddities(kind, header ?? {}, claims ?? {}, now)],
    now,
  );
}

/** Read leniently, so that a broken token can be shown as well; strictFaults says what is broken. */
function readPart(part: string | undefined): JsonObject | undefined {
  if (!part) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  try {
    return parseJsonObject(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return readLeniently(bytes.toString('utf8'));
  }
}

function readLeniently(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What this broker's own reader would refuse about the form of it. */
function strictFaults(token: string, parts: readonly string[]): readonly string[] {
  if (parts.length === 5) return ['it is encrypted (JWE): only the one it is for can read it'];
  if (parts.length === 1) return ['it has no parts: an opaque token, which only its issuer can explain (RFC 7662)'];
  if (parts.length !== 3) return [`a signed token has three parts, this has ${parts.length}`];
  try {
    decodeJws(token);
    return [];
  } catch (error) {
    if (error instanceof JwsError) return [`a strict reader refuses it: ${error.message}`];
    throw error;
  }
}

function describe(
  kind: TokenKind,
  header: JsonObject,
  claims: JsonObject,
  odd: readonly string[],
  now: number,
): Explanation {
  const expiresAt = number(claims['exp']);
  const { cnf } = claims;
  return {
    kind,
    header,
    claims,
    issuer: text(claims['iss']),
    subject: text(claims['sub']),
    actors: actorsOf(claims['act']),
    client: text(claims['client_id']) ?? text(claims['azp']),
    audience: texts(claims['aud']),
    resource: texts(claims['resource']),
    scope: text(claims['scope'])?.split(' ') ?? [],
    issuedAt: number(claims['iat']),
    expiresAt,
    secondsLeft: expiresAt === null ? null : Math.floor(expiresAt - now),
    request: kind === 'DPoP proof' ? `${text(claims['htm']) ?? '?'} ${text(claims['htu']) ?? '?'}` : null,
    boundTo: isJsonObject(cnf) ? text(cnf['jkt']) : null,
    odd,
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : null);
const number = (value: unknown) => (isDate(value) ? value : null);
const texts = (value: unknown) => [value].flat().filter((each): each is string => typeof each === 'string');

function actorsOf(act: unknown): readonly string[] {
  return isJsonObject(act) ? [text(act['sub']) ?? '(without sub)', ...actorsOf(act['act'])] : [];
}
