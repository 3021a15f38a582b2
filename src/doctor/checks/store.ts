// The store: whether it takes writes, has room, and what in it waits for an operator.

import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { domainsHealth } from '../../partners/health.ts';
import { limits } from '../../protocol/limits.ts';
import type { Store } from '../../store/store.ts';
import { counted, day, sayOf } from '../say.ts';
import type { DoctorCheck, Patient, Said } from '../types.ts';

export const store: DoctorCheck = {
  area: 'store',
  async look(patient) {
    if (patient.store === undefined) return [];
    return [
      await writable(patient.store),
      ...(await room(patient)),
      ...(await waitingKeys(patient)),
      ...(await suspensions(patient.store)),
    ];
  },
};

async function writable(kept: Store): Promise<Said> {
  const { ok, error } = sayOf('store');
  try {
    await kept.ping();
    return ok('takes writes');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return error(
      `takes no writes: ${why}`,
      'every request is answered 503 until it does: look at its disk, rights or server',
    );
  }
}

async function room({ loaded: { settings } }: Patient): Promise<readonly Said[]> {
  if (settings.store.kind !== 'sqlite') return [];
  const { bavail, bsize } = await statfs(dirname(settings.store.path));
  return [roomSaid(bavail * bsize)];
}

/** A full disk stops every request: each leaves an audit record. `free` in bytes. */
export function roomSaid(free: number): Said {
  const { ok, warning, error } = sayOf('store');
  const found = `its disk has ${Math.floor(free / mebibyte)} MiB left`;
  const remedy = 'make room, or set `audit.keep`, so that old audit records leave';
  if (free < limits.diskUrgent) return error(found, remedy);
  return free < limits.diskNotice ? warning(found, remedy) : ok(found);
}

const mebibyte = 1024 * 1024;

async function waitingKeys({ store: kept, loaded, now }: Patient): Promise<readonly Said[]> {
  const waiting = (await domainsHealth(loaded, kept, now())).filter(({ keysWaiting }) => keysWaiting > 0);
  return waiting.map(({ name, keysWaiting }) =>
    sayOf(name).warning(
      `${counted(keysWaiting, 'new key')} of it ${keysWaiting === 1 ? 'waits' : 'wait'} for approval, and nothing signed with it counts`,
      `ask its contact whether it made them; then \`crossgrant domain approve-keys ${name}\``,
    ),
  );
}

async function suspensions(kept: Store): Promise<readonly Said[]> {
  return (await kept.listSuspensions()).map(({ kind, issuer, name, author, at, reason }) => {
    const what = kind === 'domain' ? issuer : name;
    const why = reason === null ? '' : `: ${reason}`;
    const found = `the ${kind} ${what} was suspended by ${author} on ${day(at)}${why}`;
    return sayOf(what).notice(found, 'resume it when that is over, or remove it from the configuration');
  });
}
