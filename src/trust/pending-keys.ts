// Notes the keys of an issuer that an operator has to approve, so that he sees them and since when they are there.

import { printableText } from '../audit/printable.ts';
import type { Log } from '../broker.ts';
import { type KeySet, keySetOf, publicJwks } from '../jose/key-set.ts';
import { limits } from '../protocol/limits.ts';
import type { Store } from '../store/store.ts';
import type { Pinned } from './pinned-keys.ts';

type Options = {
  readonly store: Pick<Store, 'listPinnedKeys' | 'notePinnedKey'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Pick<Log, 'warn'>;
};

/** Notes what is neither listed nor known by now; of an issuer that publishes a great many, so many at a time. */
export async function notePending(
  { keys }: Pick<KeySet, 'keys'>,
  { issuer, domain, listed }: Pick<Pinned, 'issuer' | 'domain' | 'listed'>,
  { store, now, log }: Options,
): Promise<void> {
  const known = new Set((await store.listPinnedKeys(issuer)).map(({ thumbprint }) => thumbprint));
  const unknown = keys.filter(({ thumbprint }) => !listed.has(thumbprint) && !known.has(thumbprint));
  for (const key of unknown.slice(0, limits.notedKeys)) {
    const { kid = '', thumbprint } = key;
    const jwk = JSON.stringify(publicJwks(keySetOf([key])).keys[0]);
    const noted = await store.notePinnedKey({ issuer, kid: printableText(kid), thumbprint, jwk, firstSeen: now() });
    if (noted)
      log.warn(
        { domain, received: thumbprint, hint: `crossgrant domain approve-keys ${domain}` },
        'a new key waits for approval',
      );
  }
}
