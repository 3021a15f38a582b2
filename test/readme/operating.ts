// The chapters for whoever runs a broker, run: fragments of configuration load, a start, heads of the audit trail, and a backup.

import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { api } from '../examples/liveness.ts';
import { temporaryFolder } from '../support/cli.ts';
import { type Page, root } from '../support/readme.ts';
import { runAll } from '../support/shell.ts';
import { shownFiles, shownWorld } from './shown-world.ts';

export const operating = {
  'from nothing to a broker that listens': async (page: Page) => {
    const cwd = temporaryFolder();
    const [init = '', ...rest] = page.text('init, check, serve').split(/(?<=\n)/);
    for (const { code, screen } of await runAll(init, { cwd })) expect(code, screen).toBe(0);
    const file = join(cwd, 'acme/crossgrant.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('port: 8700', 'port: 0'));
    const stop = new AbortController();
    const onScreen = (screen: string) => void (screen.includes(' is served at ') && stop.abort());
    for (const { code, screen } of await runAll(rest.join(''), { cwd, signal: stop.signal, onScreen }))
      expect(code, screen).toBe(0);
    expect(stop.signal.aborted).toBe(true);
  },

  'fragments of configuration load': async (page: Page) => {
    const { ca } = await testCertificates(Date.now());
    for (const name of ['network.yaml', 'postgres.yaml', 'balancer.yaml']) {
      const files = shownFiles(page, { CROSSGRANT_STORE: 'postgres://broker:secret@db.acme.example:5432/crossgrant' });
      for (const file of ['acme/ca.pem', 'acme/db-ca.pem']) files.write(file, ca);
      files.lay('acme/crossgrant.yaml', page.text(name));
      expect(await files.run('acme', 'check'), name).toMatchObject({ code: 0 });
    }
  },

  'heads of the audit trail are kept, and held against it later': async (page: Page) => {
    const world = await shownWorld(page);
    await world.agent.acme.exchange({ subject: world.signIn(), to: 'https://as.contoso.example', requested: 'id-jag' });
    await page.script('heads', { ...world.at('acme'), names: { '$(date +%F)': '2026-11-01' } });
  },

  'a store is backed up beside a broker that runs': async (page: Page) => {
    const world = await shownWorld(page);
    const folder = join(world.folder, 'acme');
    await world.agent.acme.exchange({ subject: world.signIn(), to: 'https://as.contoso.example', requested: 'id-jag' });
    const [, name = '', sql = ''] = /sqlite3 (\S+) "(.*)"/.exec(page.text('backup')) ?? [];
    const database = new Database(join(folder, name));
    database.exec(sql.replace('backup.db', join(folder, 'backup.db')));
    database.close();
    await world.acme.close();
    for (const left of readdirSync(folder).filter((file) => file.startsWith(name)))
      writeFileSync(join(folder, left), '');
    copyFileSync(join(folder, 'backup.db'), join(folder, name));
    expect(await world.run('acme', 'audit', 'verify')).toMatchObject({ code: 0 });
  },

  'the map of the code shows what is there': async (page: Page) => {
    const [, ...lines] = page.text('map').split('\n');
    const source = readdirSync(join(root, 'src'))
      .filter((name) => !name.endsWith('.json'))
      .map((name) => (name.endsWith('.ts') ? name : `${name}/`));
    expect(source.filter((name) => !lines.some((line) => line.includes(name)))).toEqual([]);
  },

  'a resource asks whether a token still counts': async (page: Page) => {
    expect(page.text('liveness.ts')).toContain('export const api');
    expect(
      await api.authorize({
        method: 'GET',
        url: 'https://api.contoso.example/events',
        authorization: [],
        dpop: [],
      }),
    ).toMatchObject({
      status: 401,
    });
  },
};
