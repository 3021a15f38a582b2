// The published attack vectors: ID-JAGs with one defect each, signed by others, at a broker whose name and clock they were made for.

import { createHook } from 'node:async_hooks';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/jose/json.ts';
import { type NamedBroker, startNamedBroker } from '../support/named-broker.ts';

type Vectors = {
  readonly context: {
    readonly now: number;
    readonly trusted_issuer: string;
    readonly jwks: { readonly keys: readonly JsonObject[] };
    readonly audience: string;
    readonly authenticated_client_id: string;
    readonly accepted_algs: readonly string[];
    readonly max_lifetime_seconds: number;
  };
  readonly vectors: readonly { readonly id: string; readonly token: string; readonly expect: 'accept' | 'reject' }[];
};

const path = new URL('../../fixtures/vectors/attack-assertions-static.json', import.meta.url);
const { context, vectors }: Vectors = JSON.parse(readFileSync(path, 'utf8'));
const ids = (verdict: 'accept' | 'reject') => vectors.filter((vector) => vector.expect === verdict);

/** Why each is refused; a refusal for another reason would leave the attack itself untested. */
const reasons: Readonly<Record<string, string>> = {
  'alg/none-empty-signature': 'grant.algorithm',
  'alg/None-empty-signature': 'grant.algorithm',
  'alg/none-two-segments': 'grant.malformed',
  'alg/hs256-public-pem': 'grant.algorithm',
  'alg/hs256-empty-secret': 'grant.algorithm',
  'alg/missing': 'grant.algorithm',
  'alg/lowercase': 'grant.algorithm',
  'alg/rs256-label-on-ec-key': 'grant.key',
  'sig/psychic-zero': 'grant.signature',
  'sig/der-instead-of-raw': 'grant.signature',
  'sig/truncated': 'grant.malformed',
  'sig/other-key-same-kid': 'grant.signature',
  'key/embedded-jwk': 'grant.signature',
  'key/jku': 'grant.key',
  'key/kid-unknown': 'grant.key',
  'key/kid-path-traversal-dev-null': 'grant.algorithm',
  'key/enc-use-key': 'grant.key',
  'crit/unknown': 'grant.header',
  'crit/b64-false': 'grant.header',
  'enc/padding': 'grant.malformed',
  'enc/trailing-bits': 'grant.malformed',
  'enc/four-segments': 'grant.malformed',
  'enc/json-flattened': 'grant.malformed',
  'json/duplicate-iss-last-wins': 'grant.malformed',
  'json/payload-array': 'grant.malformed',
  'json/payload-empty': 'grant.malformed',
  'typ/missing': 'grant.profile',
  'typ/JWT': 'grant.profile',
  'typ/at+jwt': 'grant.typ',
  'claim/iss-missing': 'grant.issuer',
  'claim/iss-untrusted': 'grant.issuer',
  'claim/aud-missing': 'grant.audience',
  'claim/aud-other': 'grant.audience',
  'claim/aud-two-values': 'grant.audience',
  'claim/sub-missing': 'grant.claims',
  'claim/sub-empty': 'grant.claims',
  'claim/exp-missing': 'grant.claims',
  // Its times are in milliseconds: what is in the past for its author lies fifty millennia ahead.
  'claim/exp-past': 'grant.not_yet_valid',
  'claim/lifetime-one-year': 'grant.lifetime',
  'claim/iat-future': 'grant.not_yet_valid',
  'claim/nbf-future': 'grant.not_yet_valid',
  'claim/jti-missing': 'grant.claims',
  'claim/client-id-missing': 'grant.claims',
  'claim/client-id-other': 'grant.client',
  'claim/cnf-without-dpop': 'grant.proof_missing',
};

let partner: NamedBroker;
const outgoing: string[] = [];
const watch = createHook({
  init(_id, type) {
    if (/^(TCPCONNECTWRAP|GETADDRINFOREQWRAP|UDPSENDWRAP)$/.test(type)) outgoing.push(type);
  },
});

beforeAll(async () => {
  const { audience, now, authenticated_client_id: clientId, trusted_issuer: issuer } = context;
  const resource = 'https://api.partner.example/';
  const accept = { grants: ['id-jag'], max_grant_lifetime: context.max_lifetime_seconds };
  const trusted = { issuer, keys: context.jwks, algs: context.accepted_algs, accept };
  const scopes = ['chat.read', 'chat.history'];
  partner = await startNamedBroker({ issuer: audience, now, clientId, resource, scopes, trusted });
  watch.enable();
});
afterAll(async () => {
  watch.disable();
  await partner.stop();
});

describe('attack-assertions-static: taken', () => {
  it.each(ids('accept'))('$id', async ({ token }) => {
    expect(await partner.redeem(token)).toMatchObject({ status: 200, reason: null });
  });
});

describe('attack-assertions-static: refused, MUST and SHOULD alike, for the defect it has', () => {
  it.each(ids('reject'))('$id', async ({ id, token }) => {
    expect(await partner.redeem(token)).toEqual({
      status: 400,
      body: expect.objectContaining({ error: 'invalid_grant' }),
      reason: reasons[id],
    });
  });

  it('key/jku nothing went out: no name was looked up and no connection made for any of them', async () => {
    expect(outgoing).toEqual([]);
    await lookup('localhost', { family: 4 });
    expect(outgoing).toContain('GETADDRINFOREQWRAP');
  });

  it('no refused vector issued anything', async () => {
    const page = await partner.broker.store.auditPage(0, 1000);
    const issued = page.filter(({ record }) => record.issued !== null);
    expect(issued).toHaveLength(ids('accept').length);
  });
});
