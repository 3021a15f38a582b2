// Faults of what a party publishes: a key set that says too much, too little or the same twice, metadata of somebody else.

import { testKey } from '../keys.ts';
import { at, edited } from './answers.ts';
import type { FaultKind, Place } from './types.ts';

type Body = Record<string, unknown>;

/** The true answer, edited. */
function says(place: Place, what: string, edit: (body: Body) => object): FaultKind {
  return {
    what,
    inflict: ({ site }, met) =>
      site.filter(
        at(place, async (request, next) => {
          met();
          return edited(await next(request), edit);
        }),
      ),
  };
}

const listOf = ({ keys }: Body): readonly unknown[] => (Array.isArray(keys) ? keys : []);

export const jwksEmpty = says('jwks', 'its key set is empty', (body) => ({ ...body, keys: [] }));

export const jwksDuplicateKid = says('jwks', 'its key set has two keys of one `kid`', (body) => {
  const [first] = listOf(body);
  const { kid } = { ...(first as object) } as { readonly kid?: string };
  return { ...body, keys: [...listOf(body), testKey('ES256', kid).publicJwk] };
});

export const jwksPrivateKey = says('jwks', 'its key set has a private key among the public ones', (body) => ({
  ...body,
  keys: [...listOf(body), testKey('ES256', 'leaked').privateJwk],
}));

export const metadataIssuer = says('metadata', 'its metadata names another issuer', (body) => ({
  ...body,
  issuer: 'https://mix-up.example',
}));

export const issuedTokenType = says('token endpoint', 'the answer names another type than was asked for', (body) =>
  body['access_token'] === undefined ? body : { ...body, issued_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
);

export const tokenType = says('token endpoint', 'the answer has a `token_type` nobody knows', (body) =>
  body['access_token'] === undefined ? body : { ...body, token_type: 'mystery' },
);
