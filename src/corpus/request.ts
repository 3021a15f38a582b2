// An attempt as a token request: a good one in everything but the token that is tried.

import { clientAssertionType, grantTypes } from '../protocol/urns.ts';
import { authorities } from './kind-sets.ts';
import { type Kind, kinds } from './kinds.ts';
import { mintFor } from './mint.ts';
import type { Attempt, ClientAuth, FormFields, Target, World } from './types.ts';

export type TokenRequest = { readonly form: FormFields; readonly headers: Readonly<Record<string, string>> };

/** The request an attempt with a token of `kind` makes. Credentials are fresh each time. */
export function requestOf(kind: Kind, attempt: Attempt, world: World, target: Target): TokenRequest {
  const { place } = kinds[kind];
  const carrier = authorities.includes(kind) ? kind : target.takes.find((taken) => authorities.includes(taken));
  const authority = carrier === kind ? attempt.token : carrier && mintFor(carrier, world).token();
  const credentials = credentialsOf(attempt.as, world);
  const proofs = place === 'dpop_proof' ? [attempt.token] : (attempt.proofs ?? []);
  return {
    form: {
      ...authorityFields(carrier, authority, target),
      ...credentials.form,
      ...(place === 'client_assertion' && { client_assertion: attempt.token }),
      ...attempt.fields,
    },
    headers: { ...credentials.headers, ...(proofs.length > 0 && { DPoP: proofs.join(', ') }) },
  };
}

function authorityFields(kind: Kind | undefined, token: string | undefined, target: Target): FormFields {
  if (kind === undefined) return { grant_type: 'client_credentials', scope: target.scope };
  const { place, tokenType } = kinds[kind];
  if (place === 'grant') return { grant_type: grantTypes.jwtBearer, assertion: token };
  return {
    grant_type: grantTypes.tokenExchange,
    ...target.exchange,
    subject_token: token,
    subject_token_type: tokenType,
  };
}

function credentialsOf(as: Attempt['as'], world: World): TokenRequest {
  const { client, otherClient } = world;
  const other = as === 'other_client' && otherClient?.auth ? { id: otherClient.id, auth: otherClient.auth } : undefined;
  const { id, auth } = other ?? client;
  return credentials(id, auth, { ...world, client: { ...client, id, auth } });
}

function credentials(id: string, auth: ClientAuth, world: World): TokenRequest {
  if (auth.method === 'private_key_jwt') {
    const client_assertion = mintFor('client_assertion', world).token();
    return { form: { client_assertion_type: clientAssertionType, client_assertion }, headers: {} };
  }
  if (auth.method === 'client_secret_basic') {
    const pair = [id, auth.secret].map((text) => encodeURIComponent(text)).join(':');
    return { form: {}, headers: { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
  }
  if (auth.method === 'shown') return auth.show();
  return { form: { client_id: id, ...(auth.method !== 'none' && { client_secret: auth.secret }) }, headers: {} };
}

/** As application/x-www-form-urlencoded. */
export function encodeForm(fields: FormFields): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of value === undefined ? [] : [value].flat()) form.append(name, one);
  }
  return form.toString();
}
