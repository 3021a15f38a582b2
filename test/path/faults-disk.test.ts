// The disk is full or cannot be written, at the start and while the broker runs: said clearly, survived, and over when it is over.

import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { writeParties } from '../soak/parties.ts';
import { cli } from '../support/cli.ts';
import { folderOnDisk, freeze, mayFreeze, mayMount, smallDisk } from '../support/filesystem.ts';
import { expectRefusal, openWorld, type World } from '../support/http.ts';

const unavailable = { reason: 'store.unavailable', status: 503, error: 'temporarily_unavailable' } as const;
const now = () => Math.floor(Date.now() / 1000);

async function worldOn(folder: string): Promise<World> {
  const world = await openWorld({ main: () => ({ store: `sqlite:${folder}/crossgrant.db` }) });
  onTestFinished(() => world.stop());
  return world;
}

const lastFailure = ({ logged }: World) =>
  String(logged.findLast(({ message }) => message === 'a request failed')?.fields['err']);

/** 503 while `trouble` lasts, whoever asks and however often; then the very same request is granted, and the trail holds. */
async function expectRecovery(world: World, end: () => void, said: RegExp): Promise<void> {
  const { store } = world.partner.broker;
  const before = (await store.auditPage(0, 1000)).length;
  const form = world.form();
  for (let turn = 0; turn < 3; turn += 1) expectRefusal(await world.partner.token(form), unavailable);
  expect(lastFailure(world)).toMatch(said);
  expect(await store.auditPage(0, 1000)).toHaveLength(before);
  end();
  expect(await world.partner.token(form)).toMatchObject({ status: 200 });
  const trail = await store.auditPage(0, 1000);
  expect(trail).toHaveLength(before + 1);
  expect(await verifyChain(trail)).toMatchObject({ ok: true });
}

describe.skipIf(!mayMount)('the disk is full', () => {
  it('while the broker runs: 503 and what to do, until there is space again', async () => {
    const disk = smallDisk();
    const world = await worldOn(disk.folder);
    await world.accessToken();
    disk.fill();
    await expectRecovery(world, disk.free, /SQLITE_FULL.*the disk is full: free space/);
  });

  it('at the start: it says so and ends, and starts once there is space', async () => {
    const disk = smallDisk();
    const { config, env } = writeParties(disk.folder, now);
    disk.fill();
    const { code, stderr } = await cli(['migrate', '--config', config], { env });
    expect(stderr).toMatch(/^crossgrant: .*crossgrant\.db: SQLITE_FULL.*the disk is full: free space/);
    expect(code).toBe(1);
    disk.free();
    expect(await cli(['migrate', '--config', config], { env })).toMatchObject({ code: 0 });
  });
});

describe('the disk is read-only', () => {
  it.skipIf(!mayFreeze)('while the broker runs: 503 and what to do, until it can be written again', async () => {
    const folder = folderOnDisk();
    const world = await worldOn(folder);
    await world.accessToken();
    const files = ['', '-wal'].map((suffix) => join(folder, `crossgrant.db${suffix}`));
    await expectRecovery(world, freeze(files), /SQLITE_IOERR.*whether it was made read-only/);
  });

  it.skipIf(!mayMount)('at the start: it says what to mend and ends, with a file there and without', async () => {
    const disk = smallDisk();
    const { config, env } = writeParties(disk.folder, now);
    expect(await cli(['migrate', '--config', config], { env })).toMatchObject({ code: 0 });
    const missing = writeParties(join(disk.folder, 'new'), now);
    disk.makeReadOnly();
    expect(await cli(['serve', '--config', config], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^crossgrant: .*crossgrant\.db: SQLITE_CANTOPEN.*fix owner and permissions/),
    });
    expect(await cli(['serve', '--config', missing.config], { env: missing.env })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^crossgrant: the database .*crossgrant\.db cannot be made: its file system is mounted read-only; mount it/,
      ),
    });
  });
});
