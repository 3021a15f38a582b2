// The partner as a target of the corpus: who we are there, and a world in which good grants would be taken.

import { tokenKey } from '../corpus/craft.ts';
import type { ClientAuth, Send, Target } from '../corpus/types.ts';
import type { SigningKey } from '../jose/jwk.ts';
import { limits } from '../protocol/limits.ts';
import type { Rule } from '../token/policy/rule.ts';
import type { Credentials } from '../trust/credentials/types.ts';
import type { GuardedFetch } from '../trust/guarded-fetch.ts';

/** What a probe works with. */
export type Probed = {
  /** Our issuer identifier, and the key we sign with. */
  readonly issuer: string;
  readonly key: SigningKey;
  /** The partner's. */
  readonly server: { readonly issuer: string; readonly tokenEndpoint: string };
  readonly rule: Rule;
  /** Our client, and the id it has there. */
  readonly client: string;
  readonly clientThere: string;
  readonly credentials: Credentials;
  readonly otherClient?: string;
  readonly subject: string;
  readonly fetch: GuardedFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** The target; each request is told to `asked` with the milliseconds its answer took. */
export function targetOf(probed: Probed, asked: (ms: number) => void): Target {
  const { issuer, key, server, rule, client, clientThere, credentials, otherClient, subject, now } = probed;
  const [scope] = rule.scopes.values();
  const resource = rule.defaultResource ?? rule.resources[0];
  return {
    server,
    issuer: { id: issuer, key: tokenKey(key) },
    client: { id: clientThere, idAtIssuer: client, auth: authOf(probed) },
    ...(otherClient !== undefined && { otherClient: { id: otherClient } }),
    subject,
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
    takes: [rule.issues.name === 'id-jag' ? 'id_jag' : 'jwt_grant'],
    dpop: false,
    now: () => Math.floor(now() / 1000),
    fetch: sender(probed, credentials, asked),
  };
}

function authOf({ credentials, key, server, clientThere, now }: Probed): ClientAuth {
  const at = { clientId: clientThere, ...server };
  if (credentials.method === 'private_key_jwt')
    return { method: 'private_key_jwt', key: tokenKey(credentials.key ?? key) };
  return {
    method: 'shown',
    show: () => {
      const { headers, form } = credentials.show(at, now());
      return { headers, form };
    },
  };
}

/** The guarded fetch in the shape the corpus sends by. */
function sender(
  { fetch: guarded, clientThere, server, now }: Probed,
  credentials: Credentials,
  asked: (ms: number) => void,
): Send {
  const { identity } = credentials.show({ clientId: clientThere, ...server }, now());
  return async (url, { headers, body }) => {
    const started = now();
    const answer = await guarded(url, {
      method: 'POST',
      headers,
      body,
      accept: ['application/json'],
      limit: limits.fetchedToken,
      ...(identity && { identity }),
    });
    asked(now() - started);
    return { status: answer.status, headers: answer.headers, text: async () => answer.body.toString('utf8') };
  };
}
