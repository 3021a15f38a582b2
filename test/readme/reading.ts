// What is read of others, as the README shows it: a known make, documents of clients, and a server that is probed.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { openSite } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { fetchClientMetadata } from '../../src/trust/client-metadata.ts';
import { inProcessWire } from '../../src/trust/fetch-in-process.ts';
import { guardedFetch } from '../../src/trust/guarded-fetch.ts';
import { carelessServer } from '../support/careless-server.ts';
import { cli, temporaryFolder } from '../support/cli.ts';
import type { Page } from '../support/readme.ts';
import { type ShownFiles, shownFiles, shownWorld } from './shown-world.ts';

export const reading = {
  'a make is named in one line, and check tells what is odd about it': async (page: Page) => {
    const cwd = temporaryFolder();
    await cli(['init', '--no-partner', '--yes', '--client', 'ci'], { cwd });
    writeFileSync(join(cwd, 'domains/github.yaml'), page.text('github.yaml'));
    await page.transcript('github check', { cwd, names: { '/etc/crossgrant': cwd } });
  },

  'clients are known by their documents': async (page: Page) => {
    const files = shownFiles(page);
    files.lay('acme/crossgrant.yaml', 'resources: { https://api.acme.example/: { scopes: [calendar.read] } }');
    const accept = {
      subject: { to: 'contoso|{sub}' },
      resources: ['https://api.acme.example/'],
      scopes: ['calendar.read'],
    };
    files.lay('acme/domains/contoso.yaml', stringify({ accept }));
    files.lay('acme/domains/contoso.yaml', page.text('documents.yaml'));
    await page.transcript('documents check', files.at('acme'));
    const { x, y } = testKey().publicJwk;
    const document = page.text('client document').replace('"x": "…"', `"x": "${x}"`).replace('"y": "…"', `"y": "${y}"`);
    const wire = inProcessWire(async () => new Response(document, { headers: { 'content-type': 'application/json' } }));
    const fetch = guardedFetch({ loopbackHttp: false, allow: [] }, undefined, wire);
    const { value } = await fetchClientMetadata(JSON.parse(document).client_id, fetch);
    expect(value.grantTypes?.size).toBe(2);
  },

  'a partner is probed that agreed to it': async (page: Page) => {
    const site = await openSite();
    onTestFinished(() => site.stop());
    site.serve(carelessServer(site.origin));
    const careless = {
      issuer: site.origin,
      contact: 'iam@careless.example',
      send: {
        grant: 'id-jag',
        clients: { 'travel-agent': 'acme-agent' },
        resources: ['https://api.careless.example/'],
        scopes: ['read'],
        redeem: { clients: { 'travel-agent': { method: 'client_secret_basic', secret: { env: 'AT_CARELESS' } } } },
      },
      probe: { client: 'travel-agent', pause_ms: 0 },
    };
    const prepare = (files: ShownFiles) => {
      files.lay('acme/domains/contoso.yaml', page.text('probe.yaml'));
      files.write('acme/domains/careless.yaml', stringify(careless));
      files.lay('acme/crossgrant.yaml', 'network: { loopback_http: true }');
    };
    const world = await shownWorld(page, prepare, { AT_CARELESS: 'a-secret-nobody-checks' });
    await page.transcript('probe', { ...world.at('acme'), names: { 'https://as.careless.example': site.origin } });
  },
};
