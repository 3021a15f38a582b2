// A network of its own inside this process: origins lead to apps, nothing leaves, and nobody listens on a port.

import { breaksOff, broken, brokenConnection } from './broken-answer.ts';
import { type Fetch, openShell, type Shell, type Site } from './http.ts';
import { followRedirects } from './redirects.ts';

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
      return followRedirects(request, answer);
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
