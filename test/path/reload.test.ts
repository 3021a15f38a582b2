// Another configuration while requests come in: what they see of it, and what it leaves alone.

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { type App, openApp } from '../../src/app.ts';
import { reloadApp } from '../../src/cli/reload.ts';
import { type Loaded, loadConfig } from '../../src/config/load.ts';
import { disk } from '../../src/config/reads.ts';
import { changedSettings, fixedAcrossProcesses, fixedInProcess } from '../../src/config/running.ts';
import { silentLog } from '../../src/observe/log.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';
import { type Parties, writeParties } from '../soak/parties.ts';
import { startPartner } from '../steps/trust-partner.ts';

/** Domain files with a mistake each. */
const mistakes = join(import.meta.dirname, '../../fixtures/config/bad/domain');

const now = () => Math.floor(Date.now() / 1000);

let parties: Parties;
let app: App;
let newest: Loaded | undefined;
/** What fabrikam answers when it is asked for its keys, and how often it was. */
let fabrikam: { answer: () => Promise<string | undefined>; readonly asked: string[] };

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'crossgrant-reload-'));
  parties = writeParties(folder, now, { network: { loopback_http: true } });
  const keys = JSON.stringify(read('domains/fabrikam.yaml')['keys']);
  const partner = await startPartner((_request, response) => {
    void fabrikam.answer().then((body) => {
      response.writeHead(body === undefined ? 503 : 200, { 'content-type': 'application/json' }).end(body);
    });
    return undefined;
  });
  fabrikam = { answer: async () => keys, asked: partner.asked };
  change('domains/fabrikam.yaml', { keys: null });
  change('domains/fabrikam.yaml', { keys: { url: `${partner.origin}/jwks` } });
  app = await openApp(await load(), { log: silentLog });
  onTestFinished(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

/** As `serve` does. */
async function load(): Promise<Loaded> {
  newest = await loadConfig(parties.config, parties.env, disk, newest);
  return newest;
}
const read = (name: string): Settings => parse(readFileSync(join(parties.config, '..', name), 'utf8'));
const change = (name: string, changes: Settings) =>
  writeFileSync(join(parties.config, '..', name), stringify(merge(read(name), changes)));

async function redeem(): Promise<number> {
  const { status } = await app.http.request('https://broker.acme.example/token', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: encodeForm(parties.redeem(parties.grant(), parties.credentials())),
  });
  return status;
}

describe('a reload', () => {
  it('counts from the next request on; one under way ends by what it began with', async () => {
    const keys = await fabrikam.answer();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = new Promise<void>((asked) => {
      fabrikam.answer = async () => {
        asked();
        await held;
        return keys;
      };
    });
    const before = redeem();
    await first;
    change('domains/fabrikam.yaml', { state: 'suspended' });
    expect((await app.reload(await load())).fixed).toEqual([]);
    const after = redeem();
    release();
    expect(await Promise.all([before, after])).toEqual([200, 400]);
  });

  it('keeps the keys of partners: suspending one costs nothing of another that is down at that moment', async () => {
    expect(await redeem()).toBe(200);
    fabrikam.answer = async () => undefined;
    change('domains/contoso.yaml', { state: 'suspended' });
    expect((await app.reload(await load())).fixed).toEqual([]);
    expect(await redeem()).toBe(200);
    expect(fabrikam.asked).toEqual(['/jwks']);
  });

  it('forgets the keys of a partner when they are to come from elsewhere, or less may be reached', async () => {
    change('crossgrant.yaml', { network: { allow: ['10.0.0.0/8'] } });
    await app.reload(await load());
    expect(await redeem()).toBe(200);
    change('crossgrant.yaml', { network: { allow: [] } });
    await app.reload(await load());
    expect(await redeem()).toBe(200);
    const { keys } = read('domains/fabrikam.yaml') as { keys: { url: string } };
    change('domains/fabrikam.yaml', { keys: { url: `${keys.url}/new` } });
    await app.reload(await load());
    expect(await redeem()).toBe(200);
    expect(fabrikam.asked).toEqual(['/jwks', '/jwks', '/jwks/new']);
  });

  it('changes nothing when a setting needs a restart, and names it', async () => {
    change('crossgrant.yaml', { keys: { rotate_every: '60d' } });
    change('domains/fabrikam.yaml', { state: 'suspended' });
    expect((await app.reload(await load())).fixed).toEqual(['keys']);
    expect(await redeem()).toBe(200);
  });

  it('is refused for every mistake we know of, each told with its place, while requests go on', async () => {
    const folder = join(parties.config, '..', 'domains');
    const told: unknown[] = [];
    const note = (fields: object) => void told.push({ ...fields });
    const log = { ...silentLog, error: note };
    // Here http on loopback is allowed.
    for (const name of readdirSync(mistakes).filter((each) => each !== 'loopback.yaml')) {
      copyFileSync(join(mistakes, name), join(folder, name));
      const before = told.length;
      await reloadApp(app, load, log);
      expect([name, told.slice(before)]).toEqual([name, expect.arrayContaining([{ problems: expect.any(Number) }])]);
      expect([name, told[before]]).toEqual([name, expect.objectContaining({ at: expect.stringMatching(/:\d+:\d+$/) })]);
      rmSync(join(folder, name));
    }
    expect(await redeem()).toBe(200);
    await reloadApp(app, load, log);
    expect(await redeem()).toBe(200);
  });

  it('needs a restart for the operator key, which is compared and never shown', async () => {
    const { settings } = await load();
    const other = { ...settings, keys: { ...settings.keys, secret: 'another operator key of thirty-two characters' } };
    expect(changedSettings(fixedInProcess(settings), fixedInProcess(other))).toEqual(['keys']);
    expect(changedSettings(fixedAcrossProcesses(settings), fixedAcrossProcesses(other))).toEqual(['keys.encrypt_with']);
    expect(JSON.stringify(fixedAcrossProcesses(other))).not.toContain('another');
  });
});
