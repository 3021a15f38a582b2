// How the keys of a party are changed by a fault: an identity provider just takes others, a broker rotates, or is signed over.

import type { RunningBroker } from './broker.ts';
import { edited } from './faults/answers.ts';
import type { PartyKeys } from './faults/types.ts';
import type { Filter } from './filters.ts';
import type { Site } from './http.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { type TestKey, testKey } from './keys.ts';
import { readToken } from './outcome.ts';
import { craftJwt } from './tokens.ts';

export function keysOfLogin(idp: Pick<IdentityProvider, 'key' | 'useKeys'>): PartyKeys {
  return {
    current: () => idp.key,
    async rotate() {
      const before = idp.key;
      const signing = testKey(before.alg);
      return idp.useKeys({ signing, published: [signing.publicJwk, before.publicJwk] });
    },
    replace: (signing) => idp.useKeys({ signing, published: signing.jwks.keys }),
  };
}

export function keysOfBroker(running: RunningBroker, site: Pick<Site, 'filter'>): PartyKeys {
  const signer = () => running.broker.signer;
  return {
    current() {
      const { alg } = signer();
      const active = signer()
        .list()
        .find(({ state }) => state === 'active');
      return { alg, kid: active?.kid ?? '' };
    },
    // As `keys rotate --now` does. It is not taken back, since it breaks nothing: tokens of the key before live on.
    async rotate() {
      await signer().rotate({ immediately: true });
      return () => {};
    },
    replace: (key) => site.filter(signedOver(key)),
  };
}

/**
 * To everybody outside the broker signs with this key and publishes no other: its tokens are signed anew as they leave, and
 * are what they were when they come back to it.
 */
function signedOver(key: TestKey): Filter {
  const originals = new Map<string, string>();
  const resigned = (body: Record<string, unknown>) => {
    const { access_token: token } = body;
    const { header, claims } = readToken(typeof token === 'string' ? token : undefined);
    if (typeof token !== 'string' || header['alg'] === undefined) return body;
    const anew = craftJwt({ ...header, alg: key.alg, kid: key.kid }, claims, key);
    originals.set(anew, token);
    return { ...body, access_token: anew };
  };
  return async (request, next) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith('/jwks')) return edited(await next(request), () => key.jwks);
    if (request.method !== 'POST') return next(request);
    const answer = await next(await withOriginals(request, originals));
    return pathname.endsWith('/token') ? edited(answer, resigned) : answer;
  };
}

async function withOriginals(request: Request, originals: ReadonlyMap<string, string>): Promise<Request> {
  const { method, url, headers, signal } = request;
  const body = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(await request.text()))
    body.append(name, originals.get(value) ?? value);
  return new Request(url, { method, headers, body: body.toString(), signal });
}
