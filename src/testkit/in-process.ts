// A network of its own inside this process: origins lead to apps, nothing leaves, and nobody listens on a port.

import { breaksOff, broken, brokenConnection } from './broken-answer.ts';
import { type Fetch, openShell, type Shell, type Site } from './http.ts';

export type InProcessNetwork = {
  /** A place at this origin, such as `https://as.acme.example`. */
  open(origin: string): Site;
  /** Leads to what was opened here and to nothing else: any other origin refuses the connection. */
  readonly fetch: Fetch;
};

export function inProcessNetwork(): InProcessNetwork {
  const shells = new Map<string, Shell>();
  const answer = async (request: Request): Promise<Response> => {
    const { origin } = new URL(request.url);
    const shell = shells.get(origin);
    if (shell === undefined) throw brokenConnection('ECONNREFUSED', `nobody is at ${origin} in this test`);
    return unlessAborted(request.signal, answerOf(shell, request));
  };
  return {
    open(origin) {
      const shell = openShell();
      shells.set(origin, shell);
      return {
        origin,
        port: 0,
        serve: shell.serve,
        filter: shell.filter,
        async stop() {
          shells.delete(origin);
        },
      };
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      return request.redirect === 'manual' ? answer(request) : following(request, answer);
    },
  };
}

async function answerOf(shell: Shell, request: Request): Promise<Response> {
  const answer = await shell.answer(request);
  return breaksOff(answer) ? broken(answer) : answer;
}

function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** As many as the Fetch standard follows (HTTP-redirect fetch, step 7). */
const mostRedirects = 20;

async function following(request: Request, answer: (request: Request) => Promise<Response>): Promise<Response> {
  const body = request.body === null ? undefined : await request.clone().arrayBuffer();
  let asked = request;
  for (let count = 0; count <= mostRedirects; count += 1) {
    const response = await answer(asked);
    const location = response.headers.get('location');
    if (!isRedirect(response.status) || location === null) return response;
    if (request.redirect === 'error') throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
    asked = redirected(asked, response.status, new URL(location, asked.url), body);
  }
  throw new TypeError('fetch failed', { cause: new Error('redirect count exceeded') });
}

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

/**
 * RFC 9110 §15.4: after 303, and as everybody does it after 301 and 302 too, a POST becomes a GET. Another origin is not
 * shown the credentials (HTTP-redirect fetch, step 13).
 */
function redirected({ url, method, headers: sent, signal }: Request, status: number, to: URL, body?: ArrayBuffer) {
  const becomesGet = status === 303 ? method !== 'HEAD' : status < 303 && method === 'POST';
  const headers = new Headers(sent);
  if (new URL(url).origin !== to.origin) headers.delete('authorization');
  if (!becomesGet) return new Request(to, { method, headers, signal, ...(body && { body }) });
  for (const name of ['content-type', 'content-length']) headers.delete(name);
  return new Request(to, { method: 'GET', headers, signal });
}
