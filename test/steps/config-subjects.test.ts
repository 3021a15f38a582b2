// Subjects as the configuration maps them: short and long forms, and several ways tried in order.

import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { compile } from '../../src/config/compile.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { SubjectLink } from '../../src/store/store.ts';
import type { Subject } from '../../src/token/types.ts';
import { env, folder } from './config-folder.ts';

const deps = {
  fetch: () => Promise.reject(new Error('nothing is fetched')),
  now: () => 0,
  signerKeys: { find: () => undefined },
};
const main = {
  issuer: 'https://broker.example',
  keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
  clients: { agent: { auth: { method: 'none' } } },
  resources: { 'https://api.example/': {} },
};
const issuer = 'https://partner.example';

/** A broker that sends to or accepts from one partner. */
async function configured(rules: object) {
  const domain = { issuer, contact: 'partner', ...rules };
  const path = await folder({ 'crossgrant.yaml': stringify(main), 'domains/partner.yaml': stringify(domain) });
  const { rules: book, domains } = compile(await loadConfig(path, env), deps);
  const partner = domains.get(issuer);
  const rule = book.send(issuer)[0]?.rule ?? (partner && book.accept(partner)?.rule);
  if (partner === undefined || rule === undefined) throw new Error('there is no rule');
  return { rule, partner };
}

const nobody = async () => undefined;

/** What a subject becomes; `remembered` is the account it was linked to before. */
async function mapped(rules: object, claims: Readonly<Record<string, unknown>>, remembered?: string) {
  const { rule, partner } = await configured(rules);
  const sub = String(claims['sub']);
  const subject: Subject = { domain: partner, issuer, sub, claims, lineage: [issuer], conveys: {} };
  const link: SubjectLink = { issuer, tenant: '', sub, localSubject: String(remembered) };
  return rule.mapSubject(subject, remembered === undefined ? nobody : async () => link);
}

const send = (subject?: unknown) => ({
  send: { grant: 'jwt', clients: { agent: 'a' }, ...(subject !== undefined && { subject }) },
});
const accept = (subject: unknown) => ({
  accept: { clients: { agent: {} }, resources: ['https://api.example/'], subject },
});
const alice = { sub: 'u1', email: 'Alice@Acme.Example', department: 'ops' };

describe('towards a partner', () => {
  it.each([
    ['nothing said', undefined, 'u1'],
    ['a name', 'sub', 'u1'],
    ['another name', 'email', 'alice@acme.example'],
    ['the long form', { from: 'email' }, 'alice@acme.example'],
    ['a template', 'acme|{department}|{sub}', 'acme|ops|u1'],
    ['a template as `from`', { from: '{department}/{sub}' }, 'ops/u1'],
    ['a template as `to`', { to: 'acme|{sub}' }, 'acme|u1'],
    ['the long form of a template', { from: 'sub', to: 'acme|{sub}' }, 'acme|u1'],
  ])('%s', async (_, subject, sub) => expect(await mapped(send(subject), alice)).toEqual({ sub }));

  it('a pairwise subject depends on the secret of the relation', async () => {
    const pairwise = (secret: string) => mapped(send({ from: 'pairwise', secret: { env: secret } }), alice);
    const first = await pairwise('GATEWAY_SECRET');
    expect(first?.sub).toMatch(/^[\w-]{43}$/);
    expect(await pairwise('GATEWAY_SECRET')).toEqual(first);
    expect(await pairwise('VAULT_SECRET')).not.toEqual(first);
  });
});

describe('from a partner', () => {
  const map = { from: 'map', map: { u1: 'alice' } };
  const email = { from: 'email', domains: ['acme.example'] };
  const claims = { ...alice, email_verified: true };

  it.each([
    ['a template', 'partner|{sub}', 'partner|u1'],
    ['a map', map, 'alice'],
    ['a list of one', [map], 'alice'],
  ])('%s', async (_, subject, sub) => expect(await mapped(accept(subject), claims)).toEqual({ sub }));

  it('the first way that knows the subject counts', async () => {
    const ways = accept([{ from: 'map', map: { u2: 'bob' } }, email]);
    expect(await mapped(ways, claims)).toMatchObject({ sub: 'alice@acme.example', link: { sub: 'u1' } });
  });

  it('identity chaining §2.5: two ways that know different accounts refuse', async () => {
    await expect(mapped(accept([map, email]), claims)).rejects.toThrow('subject.conflict');
  });

  it('two ways that agree do not, and what one of them has to remember is remembered', async () => {
    const ways = [{ from: 'map', map: { u1: 'alice@acme.example' } }, email];
    expect(await mapped(accept(ways), claims)).toMatchObject({ sub: 'alice@acme.example', link: { sub: 'u1' } });
  });

  it('an account is made only for a subject that no other way knows, wherever that way stands', async () => {
    for (const ways of [
      ['just_in_time', map],
      [map, 'just_in_time'],
    ]) {
      expect(await mapped(accept(ways), claims)).toEqual({ sub: 'alice' });
      expect(await mapped(accept(ways), { sub: 'u9' })).toMatchObject({ link: { sub: 'u9' } });
    }
  });

  it('an account that was made is found again', async () => {
    expect(await mapped(accept([map, 'just_in_time']), { sub: 'u9' }, 'account-9')).toEqual({ sub: 'account-9' });
  });

  it('nobody is known by a list of ways that do not know', async () => {
    expect(await mapped(accept([map, email]), { sub: 'u9' })).toBeUndefined();
  });
});

describe('ID-JAG §6 subjects of a partner with tenants', () => {
  const within = (subject: unknown, ...tenants: readonly string[]) => ({
    accept: { ...accept(subject).accept, tenants: Object.fromEntries(tenants.map((name) => [name, `our-${name}`])) },
  });
  const apart = ['{tenant}|{sub}', { to: '{sub}@{tenant}' }, 'aud_sub', 'just_in_time', ['aud_sub', 'just_in_time']];
  const mixing = ['sub', 'contoso|{sub}', { from: 'map', map: {} }, { from: 'email', domains: ['acme.example'] }];

  it.each([...apart, ...mixing])('within one tenant by any way: %j', async (subject) => {
    await expect(configured(within(subject, 'blue'))).resolves.toBeDefined();
  });

  it.each(apart)('of two tenants by a way that keeps them apart: %j', async (subject) => {
    await expect(configured(within(subject, 'blue', 'green'))).resolves.toBeDefined();
  });

  it.each([...mixing, ['just_in_time', 'sub']])('of two tenants by no other: %j', async (subject) => {
    await expect(configured(within(subject, 'blue', 'green'))).rejects.toThrow('does not tell several `tenants` apart');
  });
});
