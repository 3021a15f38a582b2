// The chapters on onboarding a partner, run: its metadata read, bundles there and back, a probe, and its keys.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { expect, onTestFinished } from 'vitest';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { openSite } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type Company, openCompany } from '../support/company.ts';
import type { Page } from '../support/readme.ts';
import { runAll } from '../support/shell.ts';
import { shownFiles } from './shown-world.ts';

const fingerprintOf = async (company: Company, file: string) => {
  const { stdout } = await company.run(['bundle', 'show', file, '--json']);
  return JSON.parse(stdout).fingerprint;
};

export const partners = {
  'a partner is added by its address, and two bundles later agents of both sides get through': async (page: Page) => {
    const api = await openSite();
    onTestFinished(() => api.stop());
    const open = async (options: Parameters<typeof openCompany>[0]) => {
      const company = await openCompany(options);
      onTestFinished(() => company.stop());
      return company;
    };
    const [acme, contoso] = await Promise.all([
      open({
        ...{ name: 'acme', agent: 'travel-agent', person: 'alice', scopes: ['calendar.read', 'calendar.write'] },
        contact: 'platform@acme.example',
      }),
      open({
        ...{ name: 'contoso', agent: 'booking-app', person: 'bob', scopes: ['events:read', 'events:write'] },
        ...{ contact: 'iam@contoso.example', resource: `${api.origin}/` },
      }),
    ]);
    const described = {
      resource: contoso.resource,
      authorization_servers: [contoso.issuer],
      scopes_supported: ['events:read', 'events:write'],
    };
    api.serve(new Hono().get('/.well-known/oauth-protected-resource', (context) => context.json(described)));
    const names = {
      'https://as.contoso.example': contoso.issuer,
      'https://api.contoso.example': api.origin,
      'https://broker.acme.example': acme.issuer,
      'https://login.acme.example': acme.login,
      '/etc/crossgrant': acme.folder,
    };
    await page.transcript('domain add', { cwd: acme.folder, names });
    const [toContoso = '', atContoso = '', backAtAcme = ''] = page.text('bundles').split(/(?<=\n)\n/);
    const walk = async (company: Company, text: string, bundle = '') => {
      const [shown = ''] = text.match(/(\w{4}-){4}\w{4}/) ?? [];
      const known = bundle === '' ? {} : { [shown]: await fingerprintOf(company, bundle) };
      for (const { command, code, screen } of await runAll(text, {
        cwd: company.folder,
        names: { ...names, ...known },
      }))
        expect(code, `${command}\n${screen}`).toBe(0);
    };
    const hand = (file: string, from: Company, to: Company) =>
      copyFileSync(join(from.folder, file), join(to.folder, file));
    await walk(acme, toContoso);
    hand('acme-for-contoso.bundle', acme, contoso);
    await walk(contoso, atContoso, 'acme-for-contoso.bundle');
    hand('contoso-for-acme.bundle', contoso, acme);
    await walk(acme, backAtAcme, 'contoso-for-acme.bundle');
    await Promise.all([acme.reload(), contoso.reload()]);
    expect((await acme.call(contoso, 'acme-travel', 'calendar.read')).body).toMatchObject({ scope: 'events:read' });
    expect((await contoso.call(acme, 'contoso-booking', 'calendar.read')).body).toMatchObject({
      scope: 'calendar.read',
    });
    // A process that ends hands over what it has seen.
    await acme.close();
    await page.transcript('domain list', { cwd: acme.folder, names });
  },

  'keys that are pinned wait until somebody approves them': async (page: Page) => {
    const site = await openSite();
    onTestFinished(() => site.stop());
    const key = testKey('ES256', 'contoso-2026');
    site.serve(new Hono().get('/jwks', (context) => context.json(key.jwks)));
    const files = shownFiles(page);
    for (const line of page.text('pins.yaml').trim().split('\n')) {
      files.lay('acme/domains/contoso.yaml', line);
      expect(await files.run('acme', 'check')).toMatchObject({ code: 0 });
    }
    files.lay('acme/domains/contoso.yaml', JSON.stringify({ keys: { url: `${site.origin}/jwks`, pin: true } }));
    files.lay('acme/crossgrant.yaml', 'network: { loopback_http: true }');
    const [, shown = ''] = /--fingerprint (\S+)/.exec(page.text('approve-keys')) ?? [];
    await page.transcript('approve-keys', { ...files.at('acme'), names: { [shown]: jwkThumbprint(key.publicJwk) } });
  },
};
