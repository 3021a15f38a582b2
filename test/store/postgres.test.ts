// The PostgreSQL store: the conformance suite, and what is particular to a server that many share.

import { afterAll, beforeAll, describe } from 'vitest';
import { hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { storeConformance } from './conformance.ts';

describe.runIf(hasPostgres)('on a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  storeConformance('PostgreSQL', () => server.database());
});
