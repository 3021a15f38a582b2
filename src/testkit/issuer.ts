// An issuer of one's own for servers elsewhere: the kit's identity provider on loopback, and a key that stays the same.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSignatureAlgorithm, type SignatureAlgorithm } from '../jose/algorithms.ts';
import { parseJsonObject } from '../jose/json.ts';
import { worldClock } from './clock.ts';
import { openFaults } from './faults/index.ts';
import { openSite } from './http.ts';
import { type IdentityProvider, identityProvider, type Person } from './identity-provider.ts';
import { keyOf, type TestKey, testKey } from './keys.ts';
import { partyClock } from './party-clock.ts';
import { keysOfLogin } from './party-keys.ts';
import { alice } from './world/description.ts';
import { type Faulty, faulty } from './world/world.ts';

export type OpenIssuer = IdentityProvider & Faulty & AsyncDisposable & { stop(): Promise<void> };

export type IssuerOptions = {
  readonly person?: Person;
  readonly key?: TestKey;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Default: any free one. */
  readonly port?: number;
};

/** Serves an identity provider on loopback: for authorization servers on this machine that look its keys up. */
export async function openIssuer({ person = alice, key, now, port }: IssuerOptions = {}): Promise<OpenIssuer> {
  const site = await openSite(undefined, port);
  const clock = partyClock(worldClock(now));
  const idp = identityProvider({ issuer: site.origin, person, now: clock.now, ...(key && { key }) });
  site.serve(idp.http);
  const faults = openFaults();
  const party = { name: 'issuer', origin: site.origin, site, clock, keys: keysOfLogin(idp) };
  const stop = async () => {
    await faults.heal();
    await site.stop();
  };
  return Object.assign(idp, faulty(party, faults), { stop, [Symbol.asyncDispose]: stop });
}

/**
 * The key in a file, made when there is none: so that a server elsewhere can be told once which key to believe. It is a
 * private key: keep the file out of the repository.
 */
export async function keyInFile(path: string, alg: SignatureAlgorithm = 'ES256'): Promise<TestKey> {
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept === undefined) {
    const made = testKey(alg);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify({ ...made.privateJwk, alg })}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  }
  const jwk = parseJsonObject(kept);
  const { alg: known, kid } = jwk;
  if (!isSignatureAlgorithm(known) || typeof kid !== 'string') throw new Error(`${path} holds no key of this kit`);
  return keyOf(jwk, known, kid);
}
