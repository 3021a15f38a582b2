// The chapters on changing and stopping a trust, run: what a plan tells, versions, drift, and a suspension with its proof.

import { hostname } from 'node:os';
import { expect } from 'vitest';
import type { Page } from '../support/readme.ts';
import { type ShownWorld, shownWorld } from './shown-world.ts';

const ask = (world: ShownWorld, scope: string) =>
  world.agent.acme.exchange({ subject: world.signIn(), to: 'https://as.contoso.example', requested: 'id-jag', scope });

export const changing = {
  'a change is planned with what was really asked, applied, taken back, and compared': async (page: Page) => {
    const world = await shownWorld(page);
    const place = world.at('acme');
    await world.run('acme', 'apply', '--yes', '--author', 'ann', '-m', 'as it was');
    for (const scope of ['calendar.read', 'calendar.read', 'calendar.read', 'calendar.write']) await ask(world, scope);
    world.change('acme/domains/contoso.yaml', (text) =>
      text
        .replace('calendar.read: events:read', 'calendar.write: events:write')
        .replace('lifetime: 5m', 'lifetime: 3m')
        .replace('iam@contoso.example', 'help@contoso.example'),
    );
    await page.transcript('plan', place);
    await page.transcript('apply', place);
    await world.run('acme', 'apply', '--version', '1', '--yes', '--author', 'bob');
    await page.transcript('versions', place);
    await page.transcript('drift', { ...place, names: { ...place.names, 'broker-1': hostname() } });
    await page.script('plan, apply, back', { ...place, answers: ['y'] }, [1, 0, 0]);
  },

  'a change is tried before it counts, and promoted': async (page: Page) => {
    const world = await shownWorld(page);
    await world.run('acme', 'apply', '--yes');
    world.lay('acme/domains/contoso.yaml', page.text('report-only.yaml'));
    await world.run('acme', 'apply', '--yes');
    for (const scope of ['calendar.read', 'calendar.read', 'calendar.read', 'calendar.write']) await ask(world, scope);
    // A process that ends hands over what it counted.
    await world.acme.close();
    await page.transcript('report-only', world.at('acme'));
  },

  'a partner is suspended at once, and may come back': async (page: Page) => {
    const world = await shownWorld(page);
    for (const _ of [1, 2]) expect((await ask(world, 'calendar.read')).status).toBe(200);
    await page.transcript('suspend', world.at('acme'));
  },
};
