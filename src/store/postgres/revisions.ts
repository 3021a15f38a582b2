// Marks what many keep in memory as changed.

import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Revised } from '../revisions.ts';

/**
 * Inside a transaction: whoever looks at the revision `name` once it commits sees another one. A value is never used twice, so
 * that what a server lost that failed over is not taken for what came after.
 */
export async function revise(client: Client, name: Revised): Promise<void> {
  await client.query(
    `INSERT INTO crossgrant.revision (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [name, randomUUID()],
  );
}
