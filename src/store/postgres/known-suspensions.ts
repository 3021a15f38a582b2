// Who is suspended, for batches: read again only when it is told that it changed, under a lock that keeps it from changing.

import type { Client } from 'pg';
import { type FindSuspension, suspensionsIn } from '../suspended.ts';
import type { Suspension } from '../suspension.ts';
import { readOptional, readText } from './text.ts';

/**
 * Shared by the batches whose units name something, until they commit; alone for who suspends. What makes a suspension strict
 * (suspension.ts): who suspends waits for every batch that looked before, and sees the tokens it wrote; every later batch waits
 * for the suspension, and looks in a statement of its own after it has the lock, which sees everything committed until then
 * (READ COMMITTED). It is the first thing both take, so that nobody who waits for it holds what the other needs.
 */
const suspensionLock = { classId: 0x78_67_72_74, objectId: 3 } as const;

export async function holdSuspensions(client: Client): Promise<void> {
  await client.query({
    name: 'hold_suspensions',
    text: `SELECT pg_advisory_xact_lock_shared(${suspensionLock.classId}, ${suspensionLock.objectId})`,
  });
}

export async function lockSuspensions(client: Client): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(${suspensionLock.classId}, ${suspensionLock.objectId})`);
}

export type KnownSuspensions = {
  /** What is suspended where the row of `revision` says `revision`; asks `client` when that is news. */
  at(revision: string | null, client: Client): Promise<FindSuspension>;
};

export function knownSuspensions(): KnownSuspensions {
  let known = { revision: null as string | null, find: suspensionsIn([]) };
  return {
    async at(revision, client) {
      if (revision !== known.revision) known = { revision, find: suspensionsIn(await list(client)) };
      return known.find;
    },
  };
}

async function list(client: Client): Promise<readonly Suspension[]> {
  const { rows } = await client.query<Suspension>(
    'SELECT kind, issuer, name, at::float8 AS at, author, reason FROM crossgrant.suspension',
  );
  return rows.map(({ kind, issuer, name, at, author, reason }) => ({
    kind,
    issuer: readText(issuer),
    name: readText(name),
    at,
    author: readText(author),
    reason: readOptional(reason),
  }));
}
