// HTTPS to hosts with certificates of a test authority, which the global `fetch` cannot be told to trust.

import { request as openRequest } from 'node:https';
import { headersOf } from './loopback.ts';

export type PlainRequest = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Like `fetch` without following redirects; `ca` is the PEM of the only authority that counts. */
export function secureFetch(url: string, { method, headers, body }: PlainRequest, ca: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = openRequest(url, { method, headers, ca, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve(
          new Response(text === '' ? null : text, { status: answer.statusCode ?? 500, headers: headersOf(answer) }),
        );
      });
    });
    request.on('error', reject).end(body);
  });
}
