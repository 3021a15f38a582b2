// Plain HTTP to servers on this machine: the `fetch` of the platform takes four times the CPU for a form, and a quarter of a second for the first.

import { Agent, type IncomingMessage, request as openRequest } from 'node:http';
import type { Send } from '../corpus/types.ts';
import type { PlainRequest } from './secure-fetch.ts';

/** Connections are kept, as those of `fetch` are; idle ones keep no process alive. */
const agent = new Agent({ keepAlive: true });

export type PlainAnswer = { readonly status: number; readonly headers: Headers; readonly text: string };

export const isLoopback = (url: string) => url.startsWith('http://127.0.0.1:');

/** Follows no redirects. Rejects as `fetch` does. */
export function askLoopback(url: string, { method, headers, body }: PlainRequest): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(new TypeError('fetch failed', { cause }));
    const request = openRequest(url, { method, headers, agent }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part)).on('error', fail);
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: answer.statusCode ?? 500, headers: headersOf(answer), text });
      });
    });
    request.on('error', fail).end(body);
  });
}

/** The same for who tries entries of the corpus. */
export const sendLoopback: Send = async (url, request) => {
  const { text, ...answer } = await askLoopback(url, request);
  return { ...answer, text: async () => text };
};

/** The headers of an answer, those that came twice too. */
export function headersOf({ headersDistinct }: IncomingMessage): Headers {
  return new Headers(
    Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  );
}
