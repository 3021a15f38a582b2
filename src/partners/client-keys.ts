// The public keys by which a client authenticates, as far as its registration holds or names them.

import type { Registration } from '../config/check/clients.ts';
import type { Loaded } from '../config/compile.ts';
import { openReferences } from '../config/references.ts';
import type { SendSite } from '../config/rule-sites.ts';
import type { Chosen } from '../config/schema/variants.ts';
import type { JsonObject } from '../jose/json.ts';
import { jwkThumbprint, type VerificationKey } from '../jose/jwk.ts';
import { importKeySet } from '../jose/key-set.ts';
import { endpoints } from '../metadata/endpoints.ts';
import { importCredentialKey } from '../trust/credentials/private-key-jwt.ts';
import { keyReference, secretReference } from '../trust/references.ts';

export type ClientKeys =
  | { readonly jwks: { readonly keys: readonly JsonObject[] }; readonly thumbprints: readonly string[] }
  | { readonly jwks_uri: string };

/** The `kid` of keys that init makes up, so that a first configuration is whole. Nobody holds their private halves. */
export const madeUpKid = 'replace-me';

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

/** The keys we show at a partner for a client of ours: a private key kept for that, or the one we sign everything with. */
export function credentialKeys(
  { name, settings }: Chosen,
  { site, client }: { readonly site: SendSite; readonly client: string },
  { sources, files }: Loaded,
): ClientKeys | undefined {
  if (name !== 'private_key_jwt') return undefined;
  const { data: reference } = secretReference.safeParse(settings['key']);
  if (reference === undefined) return { jwks_uri: endpoints(files.main.config.issuer).jwks };
  const place = { file: site.file, path: [...site.path, 'redeem', 'clients', client], within: settings };
  const { publicJwk: jwk } = importCredentialKey(openReferences(place, sources, []).secret(reference));
  return { jwks: { keys: [jwk] }, thumbprints: [jwkThumbprint(jwk)] };
}
