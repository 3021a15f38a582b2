// Whether anybody serves: our own metadata and keys where partners look for them, and the operators' listener.

import { isJsonObject, JsonError, parseJsonObject } from '../../jose/json.ts';
import { stateOf } from '../../keys/rotation.ts';
import { readKeys } from '../../partners/found-keys.ts';
import { limits } from '../../protocol/limits.ts';
import { isLoopback } from '../../trust/addresses.ts';
import { metadataAt, metadataPlaces } from '../../trust/discovery.ts';
import { FetchRefused, type GuardedFetch, guardedFetch } from '../../trust/guarded-fetch.ts';
import { saidOfEnd } from '../certificate.ts';
import { notingFetch } from '../noting-fetch.ts';
import { sayOf } from '../say.ts';
import type { DoctorCheck, Patient, Said } from '../types.ts';

export const serving: DoctorCheck = {
  area: 'serving',
  look: async (patient) => [...(await atIssuer(patient)), ...(await forOperators(patient))],
};

/** What we read is our own, wherever it is. */
function ownFetch({ loaded: { settings } }: Patient): GuardedFetch {
  const { issuer, network } = settings;
  const host = new URL(issuer).hostname.replace(/^\[|\]$/g, '');
  const loopbackHttp = network.loopbackHttp || issuer.startsWith('http:');
  return guardedFetch({ ...network, loopbackHttp, allow: [...network.allow, host] });
}

async function atIssuer(patient: Patient): Promise<readonly Said[]> {
  const { issuer } = patient.loaded.settings;
  const { ok, warning } = sayOf(issuer);
  const { fetch, certificates } = notingFetch(ownFetch(patient), patient.now);
  const [place = ''] = metadataPlaces(issuer);
  const remedy =
    'see that a process serves, and that partners reach it under this name; this machine may stand where it cannot';
  try {
    const found = await metadataAt(place, issuer, fetch);
    if (!('raw' in found)) return [warning(`our metadata is not at ${found.place}: ${found.message}`, remedy)];
    const ends = [...certificates].map(([host, validity]) =>
      saidOfEnd(`the certificate of ${host}`, validity, patient.now(), 'renew it where TLS ends', sayOf(issuer)),
    );
    return [
      ok(`our metadata is at ${found.place}`),
      ...(await keysThere(found.jwks_uri ?? '', fetch, patient)),
      ...ends,
    ];
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error;
    return [warning(`our metadata cannot be read: ${error.message}`, remedy)];
  }
}

/** A process with another store signs with keys of its own: partners who found those refuse what we sign. */
async function keysThere(
  place: string,
  fetch: GuardedFetch,
  { store, loaded, now }: Patient,
): Promise<readonly Said[]> {
  if (store === undefined) return [];
  const { ok, error } = sayOf(loaded.settings.issuer);
  const published = await readKeys(place, fetch, now);
  const active = (await store.listKeys()).find((key) => stateOf(key, now() / 1000) === 'active');
  if (active === undefined) return [];
  if (published.keys.some(({ kid }) => kid === active.kid)) return [ok('publishes the keys of this store')];
  const found = `what answers there does not publish ${active.kid}, with which this store signs${published.fault ? `: ${published.fault}` : ''}`;
  return [error(found, 'see that every process behind that name uses this store, and that no cache keeps old keys')];
}

async function forOperators({ loaded: { settings } }: Patient): Promise<readonly Said[]> {
  const { admin } = settings;
  if (admin === undefined || admin.port === 0) return [];
  const anywhere = admin.address === '0.0.0.0' || admin.address === '::';
  const host = anywhere ? '127.0.0.1' : admin.address;
  // Plain HTTP goes no further than this machine.
  if (host !== 'localhost' && !isLoopback(host)) return [];
  const { ok, warning } = sayOf('operators');
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${admin.port}/readyz`;
  const fetch = guardedFetch({ loopbackHttp: true, allow: [] });
  try {
    const { status, body } = await fetch(url, { accept: ['application/json'], limit: limits.fetchedMetadata });
    return [status === 200 ? ok(`${url} says ready`) : unready(url, body)];
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error;
    return [
      warning(
        `no process answers operators here: ${error.message}`,
        'start serve, or ask on the machine where it runs',
      ),
    ];
  }
}

function unready(url: string, body: Buffer): Said {
  const problems = problemsIn(body);
  const why = problems.length > 0 ? `: ${problems.join('; ')}` : '';
  return sayOf('operators').error(
    `${url} does not say ready${why}`,
    'its answer names what is missing, and what to do',
  );
}

function problemsIn(body: Buffer): readonly string[] {
  try {
    const { checks } = parseJsonObject(body);
    const all = Array.isArray(checks) ? checks.filter(isJsonObject) : [];
    return all.flatMap(({ problem }) => (typeof problem === 'string' ? [problem] : []));
  } catch (error) {
    if (error instanceof JsonError) return [];
    throw error;
  }
}
