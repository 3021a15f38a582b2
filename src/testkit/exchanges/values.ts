// What placeholders stand for in a replay: tokens signed anew, keys made on the spot, and what the client brings itself.

import { isSignatureAlgorithm, type SignatureAlgorithm } from '../../jose/algorithms.ts';
import { encodeBase64url } from '../../jose/base64url.ts';
import { isJsonObject, type JsonObject } from '../../jose/json.ts';
import { type TestKey, testKey } from '../keys.ts';
import { craftJwt } from '../tokens.ts';
import { type ExchangeFixture, filledIn, type KeptValue, placeholderIn } from './fixture.ts';

export type ReplayValues = {
  /** What is kept of it. */
  kept(name: string): KeptValue | undefined;
  /** What it stands for by now; undefined: nobody has said it yet. */
  current(name: string): string | undefined;
  /** It came from the client, who means this by it. */
  bind(name: string, value: string): void;
  /** A document of an answer as it leaves: placeholders filled in, times moved. */
  filled(value: unknown): unknown;
};

/** Numeric members that are a moment (RFC 7519 §4.1, OpenID Connect Core §2, RFC 7662 §2.2). */
const moments = new Set(['exp', 'iat', 'nbf', 'auth_time']);

/** `laterBy`: seconds since it was recorded. */
export function replayValues({ values }: ExchangeFixture, laterBy: number): ReplayValues {
  const bound = new Map<string, string>();
  const keys = new Map<string, TestKey>();

  /** One key for each `kid`, so that what is signed fits what is published. */
  const keyFor = (kid: unknown, alg: SignatureAlgorithm): TestKey => {
    const id = `${String(kid)} ${alg}`;
    const key = keys.get(id) ?? testKey(alg, typeof kid === 'string' ? kid : undefined);
    keys.set(id, key);
    return key;
  };
  const make = (name: string): string => {
    const known = bound.get(name);
    if (known !== undefined) return known;
    const kept = Object.hasOwn(values, name) ? values[name] : undefined;
    const made = kept === undefined ? standIn(name) : remade(name, kept);
    bound.set(name, made);
    return made;
  };
  const remade = (name: string, kept: KeptValue): string => {
    if ('jwt' in kept) return jwt(kept.jwt);
    // Something a client can read as an address.
    return 'personal' in kept && kept.personal.startsWith('email') ? `${name}@replayed.example` : standIn(name);
  };
  const jwt = (kept: { readonly header: JsonObject; readonly claims: JsonObject }): string => {
    const [header, claims] = [filled(kept.header), filled(kept.claims)] as [JsonObject, JsonObject];
    const { alg, kid } = header;
    if (isSignatureAlgorithm(alg)) return craftJwt(header, claims, keyFor(kid, alg));
    return [header, claims, 'replayed'].map((part) => encodeBase64url(JSON.stringify(part))).join('.');
  };
  const filled = (value: unknown): unknown => {
    if (typeof value === 'string') return publicKey(value) ?? filledIn(value, make);
    if (Array.isArray(value)) return value.map(filled);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, moved(name, filled(each))]));
  };
  const moved = (name: string, value: unknown) =>
    moments.has(name) && typeof value === 'number' ? value + laterBy : value;
  const publicKey = (text: string): JsonObject | undefined => {
    const kept = values[placeholderIn(text) ?? ''];
    if (kept === undefined || !('key' in kept)) return undefined;
    return { ...keyFor(kept.key['kid'], algorithmOf(kept.key)).publicJwk, ...kept.key };
  };

  return {
    kept: (name) => values[name],
    current: (name) => bound.get(name),
    bind: (name, value) => void bound.set(name, value),
    filled,
  };
}

const standIn = (name: string) => `replayed-${name}`;

/** RFC 7518 §6, RFC 8037 §2. */
function algorithmOf({ alg, kty, crv }: JsonObject): SignatureAlgorithm {
  if (isSignatureAlgorithm(alg)) return alg;
  if (kty === 'RSA') return 'RS256';
  if (kty === 'OKP') return 'EdDSA';
  return crv === 'P-384' ? 'ES384' : crv === 'P-521' ? 'ES512' : 'ES256';
}
