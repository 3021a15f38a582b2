// The public keys by which a client authenticates, as far as its registration holds or names them.

import type { Registration } from '../config/check/clients.ts';
import type { Loaded } from '../config/compile.ts';
import { openReferences } from '../config/references.ts';
import type { JsonObject } from '../jose/json.ts';
import type { VerificationKey } from '../jose/jwk.ts';
import { importKeySet } from '../jose/key-set.ts';
import { keyReference } from '../trust/references.ts';

export type ClientKeys =
  | { readonly jwks: { readonly keys: readonly JsonObject[] }; readonly thumbprints: readonly string[] }
  | { readonly jwks_uri: string };

/** By value or by address; undefined for a client that authenticates otherwise. */
export function clientKeys({ auth, file, path }: Registration, { sources }: Loaded): ClientKeys | undefined {
  const { data: reference } = keyReference.safeParse(auth.settings['jwks']);
  if (reference === undefined) return undefined;
  const place = { file, path: [...path, 'auth'], within: auth.settings };
  // What is loaded has no dead references.
  const location = openReferences(place, sources, []).keys(reference);
  if (location.from === 'url') return { jwks_uri: location.url };
  if (location.from !== 'inline') return undefined;
  const { keys } = importKeySet(location.jwks);
  return { jwks: { keys: keys.map(publicJwk) }, thumbprints: keys.map(({ thumbprint }) => thumbprint) };
}

/** Made anew from the key object, so that nothing else that stood beside the key goes out with it. */
function publicJwk({ key, kid, algorithms }: VerificationKey): JsonObject {
  const [alg, ...others] = algorithms;
  return {
    ...key.export({ format: 'jwk' }),
    ...(kid !== undefined && { kid }),
    ...(others.length === 0 && { alg }),
    use: 'sig',
  };
}
