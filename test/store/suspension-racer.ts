// A process that opens the store it is given and issues tokens to client `a` until it is told that this is suspended; prints how many.

import { pbkdf2Sync } from 'node:crypto';
import { openPostgresStore } from '../../src/store/postgres/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { aClient, aCommit, aToken } from './samples.ts';

const [, , place = '', name = ''] = process.argv;
const store = await (place.startsWith('{') ? openPostgresStore(JSON.parse(place)) : openSqliteStore(place));
const outcomes = { committed: 0, suspended: 0 };
for (let turn = 0; outcomes.suspended === 0; turn += 1) {
  // What requests cost beside the store: without it nobody else would ever find a file free.
  for (let request = 0; request < 5; request += 1) pbkdf2Sync('password', 'salt', 1000, 32, 'sha256');
  const commits = Array.from({ length: 5 }, (_, at) =>
    store.commit(
      aCommit({ unlessSuspended: [aClient('a')], issued: aToken(`${name}-${turn}-${at}`, { clientId: 'a' }) }),
    ),
  );
  for (const result of await Promise.allSettled(commits)) {
    if (result.status === 'fulfilled') outcomes[result.value.outcome === 'suspended' ? 'suspended' : 'committed'] += 1;
    else if (!(result.reason instanceof StoreUnavailable)) throw result.reason;
  }
}
await store.close();
process.stdout.write(String(outcomes.committed));
