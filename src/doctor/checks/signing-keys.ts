// Our signing keys: the operator's key is there and opens them, one is active, and they are changed in time.

import { openKey } from '../../keys/own-key.ts';
import { stateOf } from '../../keys/rotation.ts';
import type { StoredKey } from '../../store/store.ts';
import { counted, day, sayOf } from '../say.ts';
import type { DoctorCheck, Patient, Said } from '../types.ts';

const { ok, notice, warning, error } = sayOf('signing keys');

export const signingKeys: DoctorCheck = {
  area: 'signing keys',
  async look(patient) {
    const { store, loaded } = patient;
    if (store === undefined) return [];
    const keys = await store.listKeys();
    if (keys.length === 0) return [notice('there is none yet', 'serve makes the first one when it starts')];
    return [...(await opened(keys, loaded.settings.keys.secret)), ...inTurn(keys, patient)];
  },
};

async function opened(keys: readonly StoredKey[], secret: string): Promise<readonly Said[]> {
  const faults: Said[] = [];
  for (const key of keys) {
    try {
      await openKey(key, secret);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      faults.push(error(cause.message, 'no process can start like that: give it the secret the keys were sealed with'));
    }
  }
  return faults.length > 0 ? faults : [ok(`the operator's key opens ${counted(keys.length, 'signing key')}`)];
}

/** While a process serves it publishes the next key in time; so a key that is late tells of none, or of one that cannot. */
function inTurn(keys: readonly StoredKey[], { loaded, now }: Patient): readonly Said[] {
  const { rotateEvery, alg } = loaded.settings.keys;
  const seconds = now() / 1000;
  const active = keys.find((key) => stateOf(key, seconds) === 'active');
  const newest = keys.at(-1);
  if (active === undefined || newest === undefined) {
    return [error('none is active', 'compare the clock of this machine; `crossgrant keys list` shows when each signs')];
  }
  const due = newest.activateAt + rotateEvery;
  if (seconds > due) {
    const found = `the next one was due on ${day(due * 1000)}`;
    return [warning(found, 'serve makes it: see that a process runs, and in its log why it could not')];
  }
  if (newest.alg !== alg) {
    return [
      notice(`they sign with ${newest.alg}, and ${alg} is configured`, 'serve brings in a key for that by itself'),
    ];
  }
  return [ok(`${active.kid} signs with ${active.alg}; the next one is due on ${day(due * 1000)}`)];
}
