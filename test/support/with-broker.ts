// A broker with changes, asked in this process: what one of several would answer that differs from the running one.

import type { Broker } from '../../src/broker.ts';
import { routes } from '../../src/routes.ts';
import { encodeForm, type FormFields, type HttpAnswer } from '../../src/testkit/http.ts';

export type AskedBroker = {
  /** POSTs to an endpoint, such as `token`. */
  post(endpoint: string, fields: FormFields, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
};

export function answersOf(broker: Broker): AskedBroker {
  const app = routes(() => broker);
  return {
    async post(endpoint, fields, headers = {}) {
      const answer = await app.request(`${broker.issuer}/${endpoint}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
        body: encodeForm(fields),
      });
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as HttpAnswer['body'] };
    },
  };
}
