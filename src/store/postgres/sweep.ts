// What has expired leaves in bites; processes that sweep at once take different rows.

import type { Pool } from 'pg';
import type { Read } from './reads.ts';

/** Rows that another process sweeps now are passed over; the index on the time finds the rest. */
const sweepSql = (table: string, key: string) => `
  DELETE FROM crossgrant.${table} WHERE ${key} = ANY (ARRAY(
    SELECT ${key} FROM crossgrant.${table} WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
  ))`;

const tables = [
  { name: 'sweep_single_uses', text: sweepSql('single_use', 'digest') },
  { name: 'sweep_tokens', text: sweepSql('issued_token', 'jti') },
  { name: 'sweep_foreign_tokens', text: sweepSql('foreign_token', 'jti') },
];

/** `sweep` of the store. */
export function sweeping(pool: Pool, read: Read): (now: number, limit: number) => Promise<number> {
  return async (now, limit) => {
    let swept = 0;
    for (const { name, text } of tables) {
      const { rowCount } = await read(() => pool.query({ name, text, values: [now, limit - swept] }));
      swept += rowCount ?? 0;
    }
    return swept;
  };
}
