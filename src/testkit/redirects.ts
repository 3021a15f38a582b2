// Redirects as the Fetch standard has them, for a `fetch` that is not the platform's.

import type { Answers } from './filters.ts';

/** As many as the Fetch standard follows (HTTP-redirect fetch, step 7). */
const mostRedirects = 20;

/** What `fetch` does with a redirect: follows it, unless the request says `manual` or `error`. */
export async function followRedirects(request: Request, answer: Answers): Promise<Response> {
  if (request.redirect === 'manual') return answer(request);
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
