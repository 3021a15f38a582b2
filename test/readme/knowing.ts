// The chapters on knowing why, run: a request explained at the command line and over HTTP, the doctor, and what a refusal means.

import { join } from 'node:path';
import { expect } from 'vitest';
import { adminRoutes } from '../../src/admin/routes.ts';
import { openStore } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import type { Page } from '../support/readme.ts';
import { root } from '../support/readme.ts';
import { requestOf } from '../support/shell.ts';
import { shownWorld } from './shown-world.ts';

const operators = {
  OPS_TOKEN: 'of-an-operator-of-thirty-two-characters',
  DESK_TOKEN: 'of-the-desk-of-thirty-two-characters-too',
};

export const knowing = {
  'a request is explained, granted or refused, at the command line and over HTTP': async (page: Page) => {
    const world = await shownWorld(
      page,
      (files) => {
        files.write('acme/contoso.token', 'of-contoso-of-at-least-thirty-two-characters');
        files.lay('acme/crossgrant.yaml', page.text('readers.yaml'));
      },
      operators,
    );
    const now = Math.floor(Date.now() / 1000);
    const place = { ...world.at('acme'), names: { '1795691000': String(now) } };
    await page.transcript('explain granted', place);
    await page.transcript('explain refused', place);
    const admin = adminRoutes({ reports: async () => [], explain: world.acme.answerQuestion, hosts: [] });
    const answer = await admin.fetch(requestOf(page.text('explain over HTTP'), operators));
    expect(await answer.json()).toMatchObject({ outcome: 'refused', refused: { reason: 'policy.authentication' } });
  },

  'the doctor says what is wrong, what will be, what nobody used, and what to do': async (page: Page) => {
    const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 10);
    await using world = await trustDomains({
      acme: ({ login }) => ({ domains: { contoso: { expires: days(14) }, login: { keys: { url: `${login}/keys` } } } }),
    });
    const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef', CALENDAR_SECRET: names.calendarSecret };
    const place = {
      cwd: world.home.folder,
      env,
      names: {
        'https://login.acme.example': world.login,
        'https://as.contoso.example': world.contoso,
        'https://api.contoso.example': new URL(world.calendar).origin,
        '/etc/crossgrant': world.home.folder,
      },
    };
    await page.transcript('doctor', place);
    const store = await openStore((await loadConfig(join(place.cwd, 'crossgrant.yaml'), env)).settings);
    const used = { domain: 'contoso', rule: 'contoso.send', client: names.agent, outcome: 'granted', count: 3 };
    await store.addUsage([
      { ...used, day: days(0), scope: 'calendar.read', lastAt: Date.now() },
      { ...used, day: days(-100), scope: 'calendar.write', lastAt: 1 },
    ]);
    await store.close();
    await page.transcript('doctor unused', place);
  },

  'a reason is looked up': async (page: Page) => {
    await page.transcript('reasons', { cwd: root });
  },
};
