// The configuration: what check advises, and whether the files are what is in force.

import { printProblem } from '../../config/problems.ts';
import { digestOf } from '../../config/version-files.ts';
import { counted, sayOf } from '../say.ts';
import type { DoctorCheck, Patient, Said } from '../types.ts';

export const configuration: DoctorCheck = {
  area: 'configuration',
  look: (patient) => [...versionSaid(patient), ...adviceSaid(patient)],
};

function versionSaid({ inForce, machine }: Patient): readonly Said[] {
  const { ok, notice, error } = sayOf('configuration');
  if (inForce === undefined) return [ok(`${counted(machine.files.domains.length, 'domain')}, in force from the files`)];
  const { version, problems } = inForce;
  const name = `version ${version.version}`;
  if (problems.length > 0) {
    const told = problems.map((problem) => printProblem({ ...problem, file: problem.file.replace(`${name}: `, '') }));
    const found = `${name} is in force and cannot serve on this machine: ${told.join('; ')}`;
    return [
      error(
        found,
        'put in place here what it needs, or apply a version that can serve; the files were looked at instead',
      ),
    ];
  }
  if (version.digest === digestOf(machine.texts)) return [ok(`${name} is in force, and the files are the same`)];
  const found = `the files are not ${name}, which is in force and was looked at`;
  return [notice(found, '`crossgrant plan` shows what differs, and whom applying the files would concern')];
}

function adviceSaid({ loaded }: Patient): readonly Said[] {
  return loaded.advice.map(({ hint, ...problem }) => {
    const { file, line, column, path, message } = problem;
    return sayOf(`${file}:${line}:${column}`).warning(
      `${path}: ${message}`,
      hint ?? 'change it, or see that it is meant so',
    );
  });
}
