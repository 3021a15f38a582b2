// Answers that go wrong on their way out: by place and manner, such as `jwks 503` or `token endpoint truncated JSON`.

import { toBreakOff } from '../broken-answer.ts';
import type { Answers, Filter } from '../filters.ts';
import { parseObject } from '../http.ts';
import type { FaultKind, Manner, Place } from './types.ts';

const paths: Readonly<Record<Place, RegExp>> = {
  jwks: /\/jwks$/,
  metadata: /\/\.well-known\//,
  'token endpoint': /\/token$/,
  introspection: /\/introspect$/,
  everything: /^/,
};

const isAt = (place: Place, { url }: Request) => paths[place].test(new URL(url).pathname);

/** Sees only the requests for a place. */
export const at =
  (place: Place, filter: Filter): Filter =>
  (request, next) =>
    isAt(place, request) ? filter(request, next) : next(request);

type Wrong = (request: Request, next: Answers, undone: AbortSignal) => Promise<Response>;

const manners: Readonly<Record<Manner, { readonly what: string; readonly wrong: Wrong }>> = {
  '500': {
    what: 'answers 500 without a word',
    wrong: async () => new Response('Internal Server Error', { status: 500 }),
  },
  '503': {
    what: 'answers 503 and asks to come again in five seconds',
    wrong: async () => new Response('Service Unavailable', { status: 503, headers: { 'Retry-After': '5' } }),
  },
  HTML: {
    what: 'answers 200 with a page for people',
    wrong: async () =>
      new Response('<!doctype html><title>Sign in</title>', { headers: { 'Content-Type': 'text/html' } }),
  },
  '10 MB': { what: 'answers with ten megabytes of JSON', wrong: async () => tenMegabytes() },
  slow: { what: 'does not answer before the fault is undone', wrong: held },
  'truncated JSON': { what: 'answers with the first half of what it had to say', wrong: truncated },
  redirect: {
    what: 'sends the caller elsewhere, with everything he brought',
    wrong: async () => new Response(null, { status: 307, headers: { Location: 'https://elsewhere.invalid/' } }),
  },
  'hangs up': {
    what: 'closes the connection without an answer',
    wrong: async (request, next) => toBreakOff(await next(request), 'at once'),
  },
  'reset mid-answer': {
    what: 'breaks the connection half way through its answer',
    wrong: async (request, next) => toBreakOff(await next(request), 'half way'),
  },
};

export const manner = (name: string): name is Manner => Object.hasOwn(manners, name);

export function answersWrong(place: Place, how: Manner): FaultKind {
  const { what, wrong } = manners[how];
  return {
    what: `${place === 'everything' ? 'the party' : `its ${place}`} ${what}`,
    inflict({ site }, met) {
      const undone = new AbortController();
      const remove = site.filter(
        at(place, (request, next) => {
          met();
          return wrong(request, next, undone.signal);
        }),
      );
      return () => {
        remove();
        undone.abort();
      };
    },
  };
}

export const faultPlaces = Object.keys(paths) as Place[];
export const faultManners = Object.keys(manners) as Manner[];

function tenMegabytes(): Response {
  const block = new TextEncoder().encode('x'.repeat(1024 * 1024));
  let left = 10;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"keys":[],"padding":"')),
    pull(controller) {
      left -= 1;
      if (left >= 0) return controller.enqueue(block);
      controller.enqueue(new TextEncoder().encode('"}'));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'application/json' } });
}

/** Whoever is still there when it is undone gets the true answer; who gave up is waited for no longer. */
async function held(request: Request, next: Answers, undone: AbortSignal): Promise<Response> {
  await new Promise<void>((resolve) => {
    for (const signal of [undone, request.signal]) {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
  return next(request);
}

async function truncated(request: Request, next: Answers): Promise<Response> {
  const answer = await next(request);
  const text = await answer.text();
  return rewritten(answer, text.slice(0, Math.ceil(text.length / 2)));
}

/** An answer with another body; its length and what it may be compressed with no longer hold. */
export function rewritten({ status, headers }: Response, body: string): Response {
  const kept = new Headers(headers);
  for (const name of ['content-length', 'content-encoding']) kept.delete(name);
  return new Response(body, { status, headers: kept });
}

/** The JSON object of an answer with other members in it; what is no JSON object leaves as it came. */
export async function edited(answer: Response, edit: (body: Record<string, unknown>) => object): Promise<Response> {
  const text = await answer.text();
  const body = parseObject(text);
  return rewritten(answer, Object.keys(body).length === 0 ? text : JSON.stringify(edit({ ...body })));
}
