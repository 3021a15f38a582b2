// A process that opens the database it is given and spends the keys 0 … n-1; prints how many it won.

import { openPostgresStore } from '../../src/store/postgres/store.ts';
import { aCommit, aSpend } from './samples.ts';

const [, , options = '', count = ''] = process.argv;
const store = await openPostgresStore(JSON.parse(options));
const attempts = Array.from({ length: Number(count) }, (_, id) =>
  store.commit(aCommit({ spends: [aSpend(String(id))] })),
);
const results = await Promise.all(attempts);
await store.close();
process.stdout.write(String(results.filter(({ outcome }) => outcome === 'committed').length));
