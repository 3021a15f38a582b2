// What a partner answers when we redeem a grant there: another program's word, believed only as far as it keeps to what was asked.

import { JsonError, type JsonObject, parseJsonObject } from '../../jose/json.ts';
import { limits } from '../../protocol/limits.ts';
import { tokenTypes } from '../../protocol/urns.ts';
import type { FetchAnswer } from '../../trust/guarded-fetch.ts';
import { scopeValues } from '../policy/scopes.ts';
import { AnswerUnusable, PartnerBusy, PartnerRefused } from './faults.ts';

/** An access token of a partner, as far as we let it count. */
export type ForeignToken = {
  readonly token: string;
  readonly tokenType: 'Bearer' | 'DPoP';
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** As the partner calls them; undefined where scopes play no part. */
  readonly scopes: readonly string[] | undefined;
  /** Our private JWK that it is bound to, where we hold one; it never leaves but sealed. */
  readonly key?: JsonObject;
};

/** What the answer is held to. */
export type Bounds = {
  readonly scopes: readonly string[] | undefined;
  /** Seconds since the epoch: when it was asked for, and the latest end of whatever comes of it. */
  readonly now: number;
  readonly until: number;
};

/** The token of a successful answer. Throws PartnerRefused, PartnerBusy or AnswerUnusable. */
export function readRedeemed({ status, headers, body }: FetchAnswer, bounds: Bounds): ForeignToken {
  if (status >= 500 || status === 429) throw new PartnerBusy(`it answers ${status}`, headers.get('retry-after'));
  const answer = readObject(body, status);
  if (status !== 200) throw new PartnerRefused(status, answer);
  return tokenOf(answer, bounds);
}

function readObject(body: Buffer, status: number): JsonObject {
  try {
    return parseJsonObject(body);
  } catch (error) {
    if (error instanceof JsonError)
      throw new AnswerUnusable(`its answer (${status}) is no JSON object: ${error.message}`);
    throw error;
  }
}

/** RFC 6750 §2.1: what an Authorization header can carry. */
const tokenForm = /^[A-Za-z0-9\-._~+/]+=*$/;

/** RFC 6749 §5.1. A refresh token is never taken: what it could bring nobody decided here. */
function tokenOf(answer: JsonObject, { scopes: asked, now, until }: Bounds): ForeignToken {
  const { access_token: token, issued_token_type: issued = tokenTypes.accessToken } = answer;
  if (typeof token !== 'string' || token.length > limits.jwt || !tokenForm.test(token))
    throw new AnswerUnusable('`access_token` is missing or cannot be sent in a header');
  if (issued !== tokenTypes.accessToken) throw new AnswerUnusable('`issued_token_type` is not an access token');
  const life = answer['expires_in'] ?? limits.foreignTokenLifetime;
  if (typeof life !== 'number' || !(life > 0)) throw new AnswerUnusable('`expires_in` is not a positive number');
  const expiresAt = Math.floor(Math.min(now + life, now + limits.issuedLifetime, until));
  return { token, tokenType: typeOf(answer['token_type']), expiresAt, scopes: scopesOf(answer['scope'], asked) };
}

function typeOf(type: unknown): ForeignToken['tokenType'] {
  const name = typeof type === 'string' ? type.toLowerCase() : '';
  if (name === 'bearer') return 'Bearer';
  if (name === 'dpop') return 'DPoP';
  throw new AnswerUnusable('`token_type` is neither Bearer nor DPoP');
}

/** Left out means as asked (RFC 6749 §5.1); more than was asked is not what anybody decided. */
function scopesOf(scope: unknown, asked: readonly string[] | undefined): readonly string[] | undefined {
  if (scope === undefined) return asked;
  const values = typeof scope === 'string' ? scopeValues(scope) : undefined;
  if (values === undefined) throw new AnswerUnusable('`scope` is malformed');
  const beyond = values.find((value) => !asked?.includes(value));
  if (beyond !== undefined) throw new AnswerUnusable('`scope` goes beyond what was asked');
  return values;
}
