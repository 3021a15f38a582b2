// A wire that leads to other parties in this very process: for tests, where there are no sockets and nothing to look up.

import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { sentHeaders, type Wire } from './guarded-fetch.ts';

/** Answers like a server; what it throws with a `code` counts as a broken connection. */
export type AnswersInProcess = (request: Request) => Promise<Response>;

export function inProcessWire(answers: AnswersInProcess): Wire {
  return async (url, request, signal) => {
    const { method = 'GET', body } = request;
    const headers = { ...sentHeaders(request) };
    const response = await answers(
      new Request(url, { method, headers, signal, redirect: 'manual', ...(body !== undefined && { body }) }),
    );
    const names = [...response.headers];
    const stream = response.body ? Readable.fromWeb(response.body as ReadableStream<Uint8Array>) : Readable.from([]);
    return Object.assign(stream, {
      statusCode: response.status,
      headers: Object.fromEntries(names),
      headersDistinct: Object.fromEntries(names.map(([name, value]) => [name, [value]])),
    });
  };
}
