// private_key_jwt: an assertion about ourselves, for one server, good once and for a minute.

import { z } from 'zod';
import { signatureAlgorithms } from '../../jose/algorithms.ts';
import { JsonError, type JsonObject, parseJson } from '../../jose/json.ts';
import { importPrivateJwk, KeyError, type SigningKey } from '../../jose/jwk.ts';
import { signJws } from '../../jose/jws.ts';
import { presentAssertion } from '../client-credentials.ts';
import { secretReference } from '../references.ts';
import { defineCredentials, type Sign } from './types.ts';

export const privateKeyJwt = defineCredentials({
  name: 'private_key_jwt',
  spec: 'RFC 7523 §2.2, RFC 10070',
  settings: z.strictObject({
    key: secretReference
      .optional()
      .describe('Private JWK with `alg` and `kid`; absent: the signing key of this broker, found in its key set'),
    audience: z
      .enum(['issuer', 'token_endpoint'])
      .default('issuer')
      .describe('Whom assertions are for: servers from before RFC 10070 want their token endpoint'),
  }),
  prepare({ key: reference, audience }, { secret, sign }) {
    const text = reference && secret(reference);
    const key = text === undefined || text === '' ? undefined : importCredentialKey(text);
    const signed: Sign = key === undefined ? sign : (typ, claims) => signJws({ typ }, claims, key);
    return {
      method: 'private_key_jwt',
      ...(key && { key }),
      show({ clientId, issuer, tokenEndpoint }, now) {
        return presentAssertion(
          { clientId, audience: audience === 'issuer' ? issuer : tokenEndpoint, sign: signed },
          now,
        );
      },
    };
  },
});

/** The private key in `text`, a JWK. Throws KeyError. */
export function importCredentialKey(text: string): SigningKey {
  const jwk = readJwk(text);
  const { alg, kid } = jwk;
  const algorithm = signatureAlgorithms.find((known) => known === alg);
  if (algorithm === undefined) throw new KeyError(`\`alg\` must be one of ${signatureAlgorithms.join(', ')}`);
  if (typeof kid !== 'string' || kid === '')
    throw new KeyError('`kid` is missing: the other side could not find the key');
  return importPrivateJwk(jwk, algorithm, kid);
}

function readJwk(text: string): JsonObject {
  try {
    const value = parseJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw new KeyError('is no JWK (RFC 7517)');
}
