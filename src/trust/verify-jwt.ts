// The one gate for JWTs of others. What kind is expected is said by the caller; every check of RFC 7519 and 8725 is made here.

import { check, note, pass, type Trace } from '../audit/trace.ts';
import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import { JwsError } from '../jose/jws.ts';
import { isName } from '../protocol/claims.ts';
import { limits } from '../protocol/limits.ts';
import { Refusal, refuse } from '../protocol/refusal.ts';
import type { JwtFault, JwtKind } from '../protocol/refusals.ts';
import type { KeySource } from './domain.ts';
import { Unavailable } from './last-good.ts';
import { KeyPending } from './pinned-keys.ts';
import type { PresentedJws } from './presented.ts';

/** Whose signature counts, and with which algorithms. */
export type TrustedSigner = {
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly keys: KeySource;
};

/** One kind of JWT: kinds are mutually exclusive (rfc8725bis §3.12). */
export type JwtExpectation<S extends TrustedSigner> = {
  readonly kind: JwtKind;
  /** Accepted `typ`, lower case without `application/`; '' accepts a token without one. */
  readonly types: readonly string[];
  /** The signer for an `iss`, compared byte for byte; may refuse itself. */
  readonly signer: (iss: string, claims: JsonObject) => S | undefined;
  readonly audience: (signer: S) => AudienceRule;
  /** String claims that must be there, beside `iss`. */
  readonly required: readonly string[];
  readonly iatRequired: boolean;
  /** Seconds from `iat` to `exp` at most. */
  readonly maxLifetime: number | ((signer: S) => number);
};

/** `sole`: one of these is the only audience. `among`: at least one of these is an audience. */
export type AudienceRule = { readonly sole: readonly string[] } | { readonly among: readonly string[] } | 'any';

export type VerifiedJwt<S> = {
  readonly header: JsonObject;
  readonly claims: JsonObject & { readonly iss: string; readonly exp: number };
  readonly signer: S;
};

/** Verifies a token at `now` (seconds), or refuses with `<kind>.<fault>`. */
export async function verifyJwt<S extends TrustedSigner>(
  presented: PresentedJws,
  expected: JwtExpectation<S>,
  now: number,
  trace: Trace,
): Promise<VerifiedJwt<S>> {
  const reason = <F extends JwtFault>(fault: F): `${JwtKind}.${F}` => `${expected.kind}.${fault}`;
  const { jws } = presented;
  const typ = mediaType(jws.header['typ']);
  check(trace, reason('typ'), expected.types.includes(typ), { expected: expected.types, received: typ });

  const { iss } = jws.claims;
  if (typeof iss !== 'string') refuse(reason('issuer'), { expected: 'iss', received: iss ?? null });
  const signer = expected.signer(iss, jws.claims) ?? refuse(reason('issuer'), { received: iss });
  pass(trace, reason('issuer'), { received: iss });

  await checkSignature(presented, signer, expected.kind, trace);
  const { iat } = jws.claims;
  if (typeof iat === 'number') trace.tokenFrom = { issuer: iss, iat };
  checkAudience(jws.claims['aud'], expected.audience(signer), reason('audience'), trace);
  for (const name of expected.required) {
    const value = jws.claims[name];
    check(trace, reason('claims'), isName(value), {
      expected: name,
      received: typeof value === 'string' ? value : typeof value,
    });
  }
  const { kind, iatRequired, maxLifetime } = expected;
  const most = typeof maxLifetime === 'number' ? maxLifetime : maxLifetime(signer);
  const exp = checkTimes(jws.claims, { kind, iatRequired, most }, now, trace);
  presented.keep();
  return { header: jws.header, claims: { ...jws.claims, iss, exp }, signer };
}

async function checkSignature(
  presented: PresentedJws,
  signer: TrustedSigner,
  kind: JwtKind,
  trace: Trace,
): Promise<void> {
  const { alg, kid } = presented.jws.header;
  const allowed = signer.algorithms.find((algorithm) => algorithm === alg);
  if (allowed === undefined) refuse(`${kind}.algorithm`, { expected: signer.algorithms, received: alg });
  pass(trace, `${kind}.algorithm`, () => ({ expected: signer.algorithms, received: alg }));
  const asked = { kid, alg: allowed, kind };
  const key = (await findKey(signer.keys, asked, presented, trace)) ?? refuse(`${kind}.key`, { received: kid ?? null });
  orRefuse(kind, () => presented.verify(key));
  pass(trace, `${kind}.signature`, () => ({ expected: key.kid ?? 'the one key', received: kid ?? null }));
}

type AskedKey = { readonly kid: string | undefined; readonly alg: SignatureAlgorithm; readonly kind: JwtKind };

/** Keys that cannot be had are our trouble for now, not a wrong token. */
async function findKey(keys: KeySource, { kid, alg, kind }: AskedKey, presented: PresentedJws, trace: Trace) {
  try {
    return await keys.find(kid, alg);
  } catch (error) {
    if (error instanceof Unavailable) throw new Refusal(`${kind}.unavailable`, {}, {}, error);
    if (error instanceof KeyPending) return refusePending(error, kind, presented, trace);
    throw error;
  }
}

/** A key that waits for approval decides nothing, but whether it signed this at all: else anybody could fill the trail with its name. */
function refusePending({ key, domain }: KeyPending, kind: JwtKind, presented: PresentedJws, trace: Trace): never {
  orRefuse(kind, () => presented.verify(key));
  note(trace, { domain, remediation: `pending approval: key ${key.thumbprint} of ${domain}` });
  return refuse('trust.key_pending', { expected: 'an approved key', received: key.thumbprint });
}

/** RFC 7519 §4.1.3; an array is searched only where the kind allows several audiences. */
function checkAudience(aud: unknown, rule: AudienceRule, reason: `${JwtKind}.audience`, trace: Trace): void {
  if (rule === 'any') return;
  const values = Array.isArray(aud) ? aud : [aud];
  const wanted = 'sole' in rule ? rule.sole : rule.among;
  const named = values.some((value) => typeof value === 'string' && wanted.includes(value));
  const holds =
    named && values.every((value) => typeof value === 'string') && (!('sole' in rule) || values.length === 1);
  check(trace, reason, holds, { expected: wanted, received: aud ?? null });
}

/** RFC 7519 §4.1.4–4.1.6. NumericDates are JSON numbers; fractions are allowed by RFC 7519 §2. Returns `exp`. */
function checkTimes(
  claims: JsonObject,
  { kind, iatRequired, most }: { kind: JwtKind; iatRequired: boolean; most: number },
  now: number,
  trace: Trace,
): number {
  const exp = numericDate(claims, 'exp', kind) ?? refuse(`${kind}.claims`, { expected: 'exp' });
  const iat = numericDate(claims, 'iat', kind);
  const nbf = numericDate(claims, 'nbf', kind);
  if (iatRequired && iat === undefined) refuse(`${kind}.claims`, { expected: 'iat' });
  check(trace, `${kind}.expired`, exp + limits.clockBehind > now, { expected: `after ${now}`, received: exp });
  const earliest = Math.max(iat ?? now, nbf ?? now);
  check(trace, `${kind}.not_yet_valid`, earliest <= now + limits.clockAhead, {
    expected: `by ${now}`,
    received: earliest,
  });
  const lifetime = exp - (iat ?? now);
  check(trace, `${kind}.lifetime`, lifetime <= most, { expected: most, received: lifetime });
  return exp;
}

function numericDate(claims: JsonObject, name: string, kind: JwtKind): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || value < 0)
    refuse(`${kind}.claims`, { expected: `${name} as a number`, received: typeof value });
  return value;
}

/** A `typ` for comparison: a media type, so case-insensitive, and `application/` may be left out (RFC 7515 §4.1.9). */
export function mediaType(typ: unknown): string {
  const lower = typeof typ === 'string' ? typ.toLowerCase() : '';
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

/** Turns what the JOSE layer throws into the reason of this kind of token; anything else is a bug and stays one. */
export function orRefuse<T>(kind: JwtKind | 'dpop_proof', work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof JwsError) throw new Refusal(`${kind}.${error.fault}`, {}, {}, error);
    throw error;
  }
}
