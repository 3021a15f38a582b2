// Resource indicators (RFC 8707) at the issuer of grants and of our own access tokens: I-12, P-17 to P-19.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FormFields } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const one = 'https://api.one.example/';
const mail = 'https://api.several.example/mail';
const files = 'https://api.several.example/files?kind=all';
const to = {
  one: 'https://one.example',
  several: 'https://several.example',
  byDefault: 'https://by-default.example',
  required: 'https://required.example',
  none: 'https://none.example',
  rules: 'https://rules.example',
};
const second = 'https://api2.acme.example/';

let home: Home;
beforeAll(async () => {
  const clients = { [names.agent]: names.agentAtContoso };
  home = await openHome({
    acme: () => ({
      main: {
        resources: { [second]: { scopes: ['calendar.read', 'reports.read'] } },
        clients: { [names.agent]: { access: { [second]: ['reports.read'] } } },
      },
      domains: {
        one: partner(to.one, { resources: [one] }),
        several: partner(to.several, { resources: [mail, files] }),
        'by-default': partner(to.byDefault, { resources: [mail, files], default_resource: files }),
        required: partner(to.required, { resources: [one], resource_required: true }),
        none: partner(to.none),
        rules: {
          issuer: to.rules,
          contact: 'iam@partner.example',
          send: [
            {
              name: 'mail',
              grant: 'id-jag',
              clients,
              resources: [mail],
              scopes: { read: 'mail:read' },
              lifetime: '1m',
            },
            { name: 'files', grant: 'id-jag', clients, resources: [files], scopes: { read: 'files:read' } },
          ],
        },
      },
    }),
  });
});
afterAll(() => home.stop());

const asking = (audience: string, resource: FormFields['resource'], scope?: string) =>
  home.idJag({ audience, resource, scope });
const refusal = { status: 400, error: 'invalid_target' };

describe('I-12, RFC 8707 §2: the value', () => {
  it.each([
    ['N-13: relative', '/calendar'],
    ['N-13: with a fragment', `${one}#inbox`],
    ['N-13: with an empty fragment', `${one}#`],
    ['a host alone', 'api.one.example'],
    ['with a space', 'https://api.one.example/a b'],
    ['with an angle bracket', 'https://api.one.example/<'],
    ['with a broken host', 'https://[::1/'],
  ])('is an absolute URI without fragment, not %s', async (_, resource) => {
    const refused = await home.refused(asking(to.one, resource));
    expect(refused).toMatchObject({ ...refusal, reason: 'resource.malformed', received: resource });
    expect(refused.record?.failed).toMatchObject({ reason: 'resource.malformed', received: resource });
  });

  it('may be there ten times, not more', async () => {
    const values = Array.from({ length: 11 }, (_, at) => `https://api.one.example/${at}`);
    expect(await home.refused(asking(to.one, values))).toMatchObject({ ...refusal, reason: 'resource.several' });
    const { claims } = await home.granted(
      asking(
        to.one,
        values.slice(1).map(() => one),
      ),
    );
    expect(claims['resource']).toBe(one);
  });

  it('may be an identifier that is no address', async () => {
    const refused = await home.refused(asking(to.one, 'urn:api:one'));
    expect(refused).toMatchObject({ ...refusal, reason: 'resource.not_governed' });
  });
});

describe('P-17: every resource is governed by the audience', () => {
  it.each<[string, () => FormFields['resource']]>([
    ['N-14: one of another partner', () => mail],
    ['N-14: one of contoso', () => home.calendar],
    ['N-14: one of ours', () => names.acmeApi],
    ['N-14: the partner itself', () => to.one],
    ['N-15: one of theirs and a foreign one', () => [one, mail]],
    ['one that differs by its slash', () => one.slice(0, -1)],
    ['one that goes deeper', () => `${one}inbox`],
    ['one that differs by letters in the host', () => 'https://API.one.example/'],
  ])('not %s', async (_, resource) => {
    const refused = await home.refused(asking(to.one, resource()));
    expect(refused).toMatchObject({ ...refusal, reason: 'resource.not_governed' });
  });

  it('a partner with none governs none', async () => {
    expect(await home.refused(asking(to.none, one))).toMatchObject({ ...refusal, reason: 'resource.not_governed' });
  });
});

describe('P-18: no resource asked', () => {
  it.each<[string, string, string | undefined]>([
    ['the only one there is', to.one, one],
    ['the default', to.byDefault, files],
    ['none, where the partner has none', to.none, undefined],
  ])('means %s', async (_, audience, granted) => {
    const { claims, body, record } = await home.granted(asking(audience, undefined));
    expect([claims['resource'], body['resource']]).toEqual([granted, granted]);
    expect(record.resource).toEqual(granted === undefined ? [] : [granted]);
  });

  it.each([
    ['N-16: where the rule wants one', to.required],
    ['where there are several and no default', to.several],
  ])('is refused %s', async (_, audience) => {
    const refused = await home.refused(asking(audience, undefined));
    expect(refused).toMatchObject({ ...refusal, reason: 'resource.required' });
    expect(refused.record?.rule).toBe(audience === to.required ? 'required.send' : 'several.send');
  });
});

describe('P-19: the answer has the resource of the grant', () => {
  it('as one URI', async () => {
    const { claims, body } = await home.granted(asking(to.several, mail));
    expect([claims['resource'], body['resource']]).toEqual([mail, mail]);
  });

  it('as a list of different URIs', async () => {
    const { claims, body } = await home.granted(asking(to.several, [files, mail, files]));
    expect([claims['resource'], body['resource']]).toEqual([
      [files, mail],
      [files, mail],
    ]);
  });
});

describe('digest §10.1: the resource decides between the rules of a partner', () => {
  it.each([
    [mail, 'rules.send.mail', 'mail:read', 60],
    [files, 'rules.send.files', 'files:read', 300],
  ])('%s', async (resource, rule, scope, lifetime) => {
    const { body, record } = await home.granted(asking(to.rules, resource, 'read'));
    expect(body).toMatchObject({ scope, resource, expires_in: lifetime });
    expect(record.rule).toBe(rule);
  });

  it('and both at once have none', async () => {
    const refused = await home.refused(asking(to.rules, [mail, files]));
    expect(refused).toMatchObject({ ...refusal, reason: 'resource.not_governed' });
  });
});

describe('RFC 9068 §3: our own access tokens', () => {
  it('are for one resource', async () => {
    const refused = await home.refused(home.access({ resource: [names.acmeApi, second] }));
    expect(refused).toMatchObject({ ...refusal, reason: 'resource.not_governed' });
    const named = await home.granted(home.access({ resource: second, scope: 'reports.read' }));
    expect(named.claims).toMatchObject({ aud: second, scope: 'reports.read' });
  });

  it('have only scopes this resource is for', async () => {
    const refused = await home.refused(home.access({ resource: second, scope: 'calendar.read' }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_scope', reason: 'scope.none' });
  });
});
