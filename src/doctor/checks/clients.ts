// Our clients and those of partners: whether each can do what rules let it, and whether its keys can be had.

import type { Loaded } from '../../config/compile.ts';
import { acceptSites, accessSites, sendSites } from '../../config/rule-sites.ts';
import type { SignatureAlgorithm } from '../../jose/algorithms.ts';
import { readKeys } from '../../partners/found-keys.ts';
import { limits } from '../../protocol/limits.ts';
import { privateKeyJwt } from '../../token/clients/methods/private-key-jwt.ts';
import { fetchClientMetadata } from '../../trust/client-metadata.ts';
import { inParallel } from '../in-parallel.ts';
import { sayOf } from '../say.ts';
import type { DoctorCheck, Patient, Said } from '../types.ts';

export const clients: DoctorCheck = {
  area: 'clients',
  async look(patient) {
    const { loaded } = patient;
    const looks = [...keysElsewhere(loaded), ...documents(loaded)];
    const fetched = await inParallel(
      looks,
      limits.backgroundFetches,
      (look) => look(patient),
      () => {},
    );
    return [...idle(loaded), ...withoutSubjects(loaded), ...fetched];
  },
};

/** Who is in no rule can authenticate, and nothing else. */
function idle({ files }: Loaded): readonly Said[] {
  const used = new Set([
    ...sendSites(files).flatMap(({ rule }) => Object.keys(rule.clients)),
    ...acceptSites(files).flatMap(({ rule }) => Object.keys(rule.clients)),
    ...accessSites(files).map(({ client }) => client),
  ]);
  return Object.entries(files.main.config.clients)
    .filter(([id, { introspects }]) => !used.has(id) && introspects.length === 0)
    .map(([id]) => sayOf(id).notice('no rule lets it do anything', 'remove it, or name it in a rule'));
}

/** A client exchanges what it presents: with no issuer of subject tokens that knows it, a rule gives it nothing. */
function withoutSubjects({ files }: Loaded): readonly Said[] {
  const issuers = files.domains.flatMap(({ domain, config }) =>
    config.subjects ? [{ domain, clients: config.subjects.clients }] : [],
  );
  const rules = [
    ...accessSites(files).map(({ id, client, rule }) => ({ id, from: rule.from, members: [client] })),
    ...sendSites(files).map(({ id, rule }) => ({ id, from: rule.from, members: Object.keys(rule.clients) })),
  ];
  return rules.flatMap(({ id, from, members }) => {
    const known = issuers.filter(({ domain }) => from.length === 0 || from.includes(domain));
    return members
      .filter((client) => !known.some((issuer) => Object.hasOwn(issuer.clients, client)))
      .map((client) => {
        const where = from.length > 0 ? from.join(' or ') : 'any domain';
        const found = `${id} lists it, and it has nothing to present: \`subjects.clients\` of ${where} does not name it`;
        return sayOf(client).warning(found, 'name it where its people sign in, or take it out of the rule');
      });
  });
}

type Look = (patient: Patient) => Promise<Said>;

function keysElsewhere({ files }: Loaded): readonly Look[] {
  const registered = [
    ...Object.entries(files.main.config.clients),
    ...acceptSites(files).flatMap(({ rule }) => Object.entries(rule.clients)),
  ];
  return registered.flatMap(([id, { auth }]) => {
    if (auth?.name !== privateKeyJwt.name) return [];
    const { jwks, algs } = privateKeyJwt.registration.parse(auth.settings);
    return 'url' in jwks ? [keysLook(id, jwks.url, algs)] : [];
  });
}

function keysLook(id: string, url: string, algs: readonly SignatureAlgorithm[]): Look {
  const { ok, error } = sayOf(id);
  return async ({ fetch, now }) => {
    const { keys, fault } = await readKeys(url, fetch, now);
    if (fault !== undefined)
      return error(`its keys cannot be used: ${url}: ${fault}`, 'it cannot authenticate: ask whoever runs it');
    const usable = keys.flatMap(({ algorithms }) => algorithms).some((name) => algs.some((alg) => alg === name));
    if (usable) return ok(`its keys are at ${url}`);
    return error(
      `none of its keys at ${url} is for ${algs.join(' or ')}`,
      'it cannot authenticate: ask whoever runs it, or change `algs`',
    );
  };
}

/** Single documents that are let in; of hosts nobody knows which documents there are. */
function documents({ files }: Loaded): readonly Look[] {
  return acceptSites(files).flatMap(({ rule }) =>
    (rule.client_metadata?.urls ?? []).map((url): Look => {
      const { ok, warning } = sayOf(url);
      return async ({ fetch }) => {
        try {
          await fetchClientMetadata(url, fetch);
          return ok('the document of this client is in order');
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          return warning(
            `its document cannot be used: ${error.message}`,
            'it cannot authenticate: ask whoever runs it',
          );
        }
      };
    }),
  );
}
