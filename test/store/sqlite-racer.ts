// A process that opens the SQLite file it is given and spends the keys 0 … n-1; prints how many it won.

import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { aCommit, aSpend } from './samples.ts';

const [, , path = '', count = ''] = process.argv;
const store = await openSqliteStore(path);
const attempts = Array.from({ length: Number(count) }, (_, id) =>
  store.commit(aCommit({ spends: [aSpend(String(id))] })),
);
const results = await Promise.all(attempts);
await store.close();
process.stdout.write(String(results.filter(({ outcome }) => outcome === 'committed').length));
