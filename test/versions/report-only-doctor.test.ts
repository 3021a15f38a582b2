// The doctor on what is in report-only: what it would have done, since when, and how it is ended.

import { beforeEach, expect, it } from 'vitest';
import type { Parties } from '../soak/parties.ts';
import { configured } from '../support/configured.ts';
import { examined } from '../support/examined.ts';
import { trying } from '../support/trying.ts';
import { change, openBroker, type Running } from '../support/versioned.ts';

let parties: Parties;
beforeEach(() => {
  parties = configured();
});

const fabrikam = 'domains/fabrikam.yaml';
const contoso = 'domains/contoso.yaml';
const managersOnly = { state: 'report-only', accept: { when: { role: ['manager'] } } };

async function doctor(broker: Running, more: { readonly now?: number; readonly unusedDays?: number } = {}) {
  await broker.close();
  const { findings } = await examined(parties.config, { env: parties.env, ...more });
  return findings.filter(({ area }) => area === 'report-only' || area === 'unused trust');
}

it('counts what each would have answered, and names what ends it', async () => {
  const broker = await trying(parties, { [fabrikam]: managersOnly, [contoso]: { send: { state: 'report-only' } } });
  await broker.redeem();
  await broker.redeem();
  const today = new Date().toISOString().slice(0, 10);
  expect(await doctor(broker)).toEqual([
    expect.objectContaining({
      about: 'contoso',
      level: 'notice',
      found: 'contoso.send is in report-only, and no request was counted yet',
    }),
    expect.objectContaining({
      about: 'fabrikam',
      level: 'notice',
      found: `all of it is in report-only: of 2 requests since ${today} 2 would be refused`,
      remedy: expect.stringContaining('`crossgrant domain promote fabrikam` makes it count'),
    }),
  ]);
});

it('warns of one that was forgotten', async () => {
  const broker = await trying(parties, { [fabrikam]: { state: 'report-only' } });
  await broker.redeem();
  expect(await doctor(broker, { now: Date.now() + 40 * 86_400_000 })).toMatchObject([
    {
      about: 'fabrikam',
      level: 'warning',
      found: expect.stringMatching(/none would be answered otherwise; until it is promoted/),
    },
  ]);
});

it('says that no process starts with files that try something before anything was applied', async () => {
  await (await openBroker(parties)).close();
  change(parties, fabrikam, { state: 'report-only' });
  const { findings } = await examined(parties.config, { env: parties.env });
  expect(findings.filter(({ area }) => area === 'report-only')).toMatchObject([
    {
      about: 'fabrikam',
      level: 'error',
      found: 'its file says report-only, and no version was ever applied: no process starts with these files',
    },
  ]);
});

it('does not call trust unused that can grant nothing yet', async () => {
  const broker = await trying(parties, {
    [fabrikam]: { accept: { state: 'report-only' } },
    [contoso]: { contact: 'b@contoso.example' },
  });
  await broker.exchange();
  const unused = (await doctor(broker, { unusedDays: 30 })).filter(({ area }) => area === 'unused trust');
  expect(unused.map(({ about }) => about)).not.toContain('fabrikam.accept');
});
