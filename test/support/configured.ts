// A broker as files in a folder of the test's own, and the parties that know it.

import type { Settings } from '../../src/testkit/merge.ts';
import { type Parties, writeParties } from '../soak/parties.ts';
import { temporaryFolder } from './cli.ts';

/** Laid out with the clock of the machine; nothing runs yet. */
export function configured(changes: Settings = {}): Parties {
  return writeParties(temporaryFolder(), () => Math.floor(Date.now() / 1000), changes);
}

/** Who may ask about the tokens of `introspectable`. */
export const resourceServer = { client_id: 'calendar', client_secret: 'calendar-secret-for-these-tests-only' };

/** The same with a resource server that introspects; `secrets` as the changes name them. */
export function introspectable(changes: Settings, secrets: Parties['env']): Parties {
  const written = configured({
    ...changes,
    clients: {
      calendar: {
        auth: { method: 'client_secret_post', secret: { env: 'CALENDAR' } },
        introspects: ['https://api.acme.example/'],
      },
    },
  });
  return { ...written, env: { ...written.env, ...secrets, CALENDAR: resourceServer.client_secret } };
}
