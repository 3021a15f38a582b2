// Takes a bundle apart: a signed text of its own type, by a key it holds itself, in its time. Whose key that is others must say.

import { JsonError, parseJsonObject } from '../../jose/json.ts';
import { KeyError } from '../../jose/jwk.ts';
import { type DecodedJws, decodeJws, JwsError, verifyJws } from '../../jose/jws.ts';
import { importKeySet } from '../../jose/key-set.ts';
import { limits } from '../../protocol/limits.ts';
import { joseTypes } from '../../protocol/urns.ts';
import { mediaType } from '../../trust/verify-jwt.ts';
import { PartnerError } from '../partner-error.ts';
import { type BundleClaims, bundleClaims, bundleVersion } from './claims.ts';
import { fingerprintOf } from './fingerprint.ts';

export type Bundle = {
  readonly claims: BundleClaims;
  readonly fingerprint: string;
  readonly signedBy: { readonly kid: string | null; readonly alg: string; readonly thumbprint: string };
};

/** Opens a bundle; `now` in seconds. Throws PartnerError with what is wrong and what to do. */
export function openBundle(file: string, now: number): Bundle {
  const text = file.trim();
  const jws = decode(text);
  const typ = mediaType(jws.header.typ);
  if (typ !== joseTypes.bundle) {
    throw new PartnerError(`this is no partner bundle: its type is ${typ || 'not said'}, not ${joseTypes.bundle}`);
  }
  const claims = read(jws.claims);
  const signedBy = verify(jws, claims);
  checkTimes(claims, now);
  return { claims, signedBy, fingerprint: fingerprintOf(text) };
}

function decode(text: string): DecodedJws {
  try {
    return decodeJws(text, limits.bundle);
  } catch (error) {
    if (!(error instanceof JwsError)) throw error;
    if (error.fault === 'algorithm')
      throw new PartnerError(`the bundle is ${algorithmOf(text)}: only public key signatures are taken`);
    throw new PartnerError(`this is no whole partner bundle: ${error.message}. Ask for it again, as a file`);
  }
}

/** For the message alone. */
function algorithmOf(text: string): string {
  try {
    const { alg } = parseJsonObject(Buffer.from(text.slice(0, text.indexOf('.')), 'base64url'));
    if (alg === 'none') return 'not signed at all (alg none)';
    return typeof alg === 'string' && /^[\w-]{1,20}$/.test(alg)
      ? `signed with ${alg}`
      : 'signed with an unknown algorithm';
  } catch (error) {
    if (error instanceof JsonError) return 'signed with an unknown algorithm';
    throw error;
  }
}

function read(claims: DecodedJws['claims']): BundleClaims {
  const version = claims['bundle'];
  if (typeof version === 'number' && version !== bundleVersion) {
    throw new PartnerError(
      `the bundle is written in version ${version}, and this crossgrant reads version ${bundleVersion}`,
    );
  }
  const { data, error } = bundleClaims.safeParse(claims);
  if (data !== undefined) return data;
  const faults = error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
  throw new PartnerError(`the bundle does not say what a bundle says: ${faults.join('; ')}`);
}

/** By a key of its own set: tells a changed bundle from one by somebody else. */
function verify(jws: DecodedJws, { jwks }: BundleClaims): Bundle['signedBy'] {
  const { alg, kid } = jws.header;
  const key = keySet(jwks, 'its own keys').find(kid, alg);
  if (key === undefined) throw new PartnerError('the bundle was signed with a key that it does not hold itself');
  try {
    verifyJws(jws, key);
  } catch (error) {
    if (!(error instanceof JwsError)) throw error;
    throw new PartnerError('the bundle was changed after it was signed. Ask for it again, over another channel');
  }
  return { kid: kid ?? null, alg, thumbprint: key.thumbprint };
}

/** The keys of `whose`; what is wrong with them is wrong with the bundle. */
export function keySet(jwks: unknown, whose: string) {
  try {
    return importKeySet(jwks);
  } catch (error) {
    if (error instanceof KeyError) throw new PartnerError(`the bundle cannot be taken: ${whose}: ${error.message}`);
    throw error;
  }
}

function checkTimes({ iat, exp, iss }: BundleClaims, now: number): void {
  if (exp <= now) throw new PartnerError(`the bundle was good until ${date(exp)} UTC. Ask ${iss} for a new one`);
  if (iat > now + limits.clockAhead) {
    throw new PartnerError(
      `the bundle was made at ${date(iat)} UTC, which is not yet: compare the clocks on both sides`,
    );
  }
}

const date = (seconds: number) => new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 16);
