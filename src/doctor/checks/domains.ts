// The other domains: each is reached, gently, and held against what its file says of it.

import { limits } from '../../protocol/limits.ts';
import { examineDomain } from '../domain/examine.ts';
import { inParallel } from '../in-parallel.ts';
import type { DoctorCheck } from '../types.ts';

/** Lines about how far it is, at most. */
const steps = 20;

export const domains: DoctorCheck = {
  area: 'domains',
  async look(patient) {
    const { files, settings } = patient.loaded;
    const others = files.domains.filter(({ config }) => config.issuer !== settings.issuer);
    const every = Math.ceil(others.length / steps);
    const suspended = (await patient.store?.listSuspensions()) ?? [];
    const stopped = new Set(suspended.flatMap(({ kind, issuer }) => (kind === 'domain' ? [issuer] : [])));
    const found = await inParallel(
      others,
      limits.backgroundFetches,
      (file) => examineDomain(file, patient, stopped.has(file.config.issuer)),
      (done) => {
        if (done % every === 0 || done === others.length) patient.progress(`domains ${done} of ${others.length}`);
      },
    );
    return found.flat();
  },
};
