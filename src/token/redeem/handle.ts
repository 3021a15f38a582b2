// Handles: random names under which partners' tokens stay here. Who has one can do with it what the proxy allows, and nothing else.

import { tokenHash } from '../../audit/token-hash.ts';
import type { Broker } from '../../broker.ts';
import { isJsonObject, type JsonObject } from '../../jose/json.ts';
import type { Vault } from '../../keys/seal.ts';
import type { StoredToken } from '../../store/store.ts';
import { isLive } from '../policy/live.ts';
import type { ForeignToken } from './answer.ts';

/** What all handles begin with, so that a scanner for secrets finds one that got into a repository. */
export const handlePrefix = 'cgh_';

/** What is behind a handle. */
export type Behind = {
  readonly token: ForeignToken;
  /** What the token is for. */
  readonly resources: readonly string[];
  /** Thumbprint of the caller's key, where he proved one. */
  readonly jkt?: string;
};

export function sealBehind({ token, resources, jkt }: Behind, jti: string, vault: Vault): Promise<string> {
  const { key, scopes, ...said } = token;
  return vault.seal(
    { ...said, ...(scopes && { scopes }), ...(key && { key }), resources, ...(jkt !== undefined && { jkt }) },
    jti,
  );
}

/** The record of a handle, whether it counts or not; undefined when it is none of ours. */
export async function findHandle(handle: string, { store }: Pick<Broker, 'store'>): Promise<StoredToken | undefined> {
  if (!handle.startsWith(handlePrefix)) return undefined;
  const stored = await store.findToken(tokenHash(handle));
  return stored?.kind === 'handle' ? stored : undefined;
}

/** A handle that counts at `now` (seconds), and what is behind it; undefined for every other. Suspending and revoking show at once. */
export async function openHandle(
  handle: string,
  now: number,
  broker: Broker,
): Promise<(Behind & { readonly stored: StoredToken }) | undefined> {
  const stored = await findHandle(handle, broker);
  if (stored === undefined || !isLive(stored, now, broker)) return undefined;
  const row = await broker.store.findForeignToken(stored.jti);
  const behind = row && (await broker.vault.unseal(row.sealed, stored.jti));
  return behind && { stored, ...readBehind(behind) };
}

function readBehind({ token, tokenType, expiresAt, key, resources, jkt }: JsonObject): Behind {
  return {
    token: {
      token: String(token),
      tokenType: tokenType === 'DPoP' ? 'DPoP' : 'Bearer',
      expiresAt: Number(expiresAt),
      scopes: undefined,
      ...(isJsonObject(key) && { key }),
    },
    resources: Array.isArray(resources) ? resources.map(String) : [],
    ...(typeof jkt === 'string' && { jkt }),
  };
}
