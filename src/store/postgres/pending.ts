// How far the tables of a database are behind this program: looked up without changing anything, for whoever only examines.

import { type PostgresAddress, placeOf } from '../postgres-place.ts';
import { clientConfig, connect, discard } from './connection.ts';
import { withFailures } from './failure.ts';
import { packagedMigrations, pendingIn } from './migrate.ts';
import { usualTiming } from './timing.ts';

/** Migrations that opening the database would apply. Rejects as opening it does. */
export async function pendingMigrations(
  address: PostgresAddress,
  migrationsFolder = packagedMigrations,
): Promise<number> {
  const place = placeOf(address);
  return withFailures(place, async () => {
    const connection = await connect(clientConfig(address, usualTiming));
    try {
      return await pendingIn(connection.client, place, migrationsFolder);
    } finally {
      discard(connection);
    }
  });
}
