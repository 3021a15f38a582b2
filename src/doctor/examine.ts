// Examines an installation from end to end, changes nothing, and says what to do about what it finds.

import type { Loaded } from '../config/compile.ts';
import { StoreUnavailable } from '../store/store.ts';
import { guardedFetch } from '../trust/guarded-fetch.ts';
import { readInForce } from '../versions/in-force.ts';
import { doctorChecks } from './checks/index.ts';
import { openToExamine } from './open.ts';
import { sayOf } from './say.ts';
import { type DoctorCheck, type Finding, levels, type Patient } from './types.ts';

export type ExaminationOptions = Pick<Patient, 'now' | 'progress'> & {
  readonly unusedDays?: number | undefined;
};

/** Looks at everything; findings come the gravest first. */
export async function examine(machine: Loaded, options: ExaminationOptions): Promise<readonly Finding[]> {
  const { unusedDays, ...watch } = options;
  watch.progress('store');
  const { store, said } = await openToExamine(machine);
  try {
    const current = await store?.currentVersion();
    const inForce = current && readInForce(current, machine);
    const loaded = inForce?.problems.length === 0 && inForce.loaded ? inForce.loaded : machine;
    const fetch = guardedFetch(loaded.settings.network);
    const patient: Patient = {
      ...watch,
      ...(unusedDays !== undefined && { unusedDays }),
      machine,
      loaded,
      inForce,
      store,
      fetch,
    };
    const findings = said.map((one): Finding => ({ area: 'store', ...one }));
    for (const check of doctorChecks) findings.push(...(await carryOut(check, patient)));
    return findings.sort((one, other) => levels.indexOf(one.level) - levels.indexOf(other.level));
  } finally {
    await store?.close();
  }
}

async function carryOut({ area, look }: DoctorCheck, patient: Patient): Promise<readonly Finding[]> {
  patient.progress(area);
  try {
    return (await look(patient)).map((said) => ({ area, ...said }));
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return [{ area, ...sayOf('store').error(error.message, 'see that the store answers, and ask again') }];
  }
}
