// A client of any authorization server: exchanges, redeems, introspects and revokes as itself, and calls what the tokens are for.

import { grantTypes, joseTypes, tokenTypes } from '../protocol/urns.ts';
import { type ClientCredentials, presentCredentials } from '../trust/client-credentials.ts';
import { type Fetch, type FormFields, type HttpAnswer, postForm, requestJson } from './http.ts';
import type { TestKey } from './keys.ts';
import { type Outcome, outcomeOf, type Recall, readToken } from './outcome.ts';
import { dpopProof } from './tokens.ts';

/** Kinds of token as the configuration calls them; any other text is taken for a token type identifier itself. */
export type TokenKind = 'id_token' | 'access_token' | 'jwt' | 'id-jag';

/** A token, or the answer that brought it. */
export type Presented = string | Pick<Outcome, 'token'>;

export type Server = {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly introspectionEndpoint?: string | undefined;
  readonly revocationEndpoint?: string | undefined;
};

/** How a client proves that it is itself; `none` for a public one. */
export type ClientAuth = ClientCredentials | { readonly method: 'none'; readonly clientId: string };

export type ClientOptions = {
  readonly server: Server;
  readonly auth: ClientAuth;
  readonly fetch: Fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly recall: Recall;
  /** The issuer a name of this test stands for, and the kind of grant it takes. */
  readonly partner?: (name: string) => { readonly issuer: string; readonly grant: TokenKind } | undefined;
};

/** What every request to the token endpoint may have. */
type Ask = {
  /** A list, or one text with spaces. */
  readonly scope?: string | readonly string[];
  readonly resource?: string | readonly string[];
  /** `authorization_details` (RFC 9396). */
  readonly details?: readonly object[];
  /** A key to bind the token to (RFC 9449); nonces are asked for as a client does. */
  readonly dpop?: TestKey;
  /** Laid over the parameters of the request; undefined takes one away. */
  readonly with?: FormFields;
};

export type ExchangeAsk = Ask & {
  /** On whose authority. */
  readonly subject: Presented;
  /** Default: what the token looks like. */
  readonly subjectType?: TokenKind | (string & {});
  readonly actor?: Presented;
  readonly actorType?: TokenKind | (string & {});
  /** Whom the token is for: a domain of this world, or an issuer. Absent: for a resource of this server. */
  readonly to?: string;
  /** What is asked for. Default: the kind of grant `to` takes, or an access token without `to`. */
  readonly requested?: TokenKind | (string & {});
};

export type RedeemAsk = Ask & {
  /** `jwt-dpop` for a bound grant by a grant type of its own. Default `jwt-bearer`. */
  readonly grantType?: 'jwt-bearer' | 'jwt-dpop';
};

export type CallOptions = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The key a bound token is bound to. */
  readonly dpop?: TestKey;
};

export type TestClient = {
  readonly id: string;
  readonly server: Server;
  /** RFC 8693. */
  exchange(ask: ExchangeAsk): Promise<Outcome>;
  /** RFC 7523 §2.1: a grant of another domain for an access token of this one. */
  redeem(grant: Presented, ask?: RedeemAsk): Promise<Outcome>;
  /** RFC 7662. `active` is in the body. */
  introspect(token: Presented): Promise<Outcome>;
  /** RFC 7009. */
  revoke(token: Presented): Promise<Outcome>;
  /** Any form at the token endpoint, credentials added. */
  send(fields: FormFields, ask?: Pick<Ask, 'dpop' | 'with'>): Promise<Outcome>;
};

export function testClient(options: ClientOptions): TestClient {
  const { server, auth, now, recall } = options;
  const post = async (url: string, fields: FormFields, { dpop, with: more }: Pick<Ask, 'dpop' | 'with'> = {}) => {
    const attempt = (nonce?: string) => {
      const { form, headers } = credentials(auth, now());
      const proof = dpop && { DPoP: dpopProof(dpop, { url, nonce }, Math.floor(now() / 1000)) };
      return postForm(url, { ...form, ...fields, ...more }, { ...headers, ...proof }, options.fetch);
    };
    const answer = await attempt();
    const nonce = dpop && wantsNonce(answer);
    return outcomeOf(nonce ? await attempt(nonce) : answer, server.issuer, recall);
  };
  const send: TestClient['send'] = (fields, ask) => post(server.tokenEndpoint, fields, ask);
  return {
    id: auth.clientId,
    server,
    send,
    exchange: async (ask) => send({ ...exchangeForm(ask, options), ...privileges(ask) }, ask),
    async redeem(grant, { grantType = 'jwt-bearer', ...ask } = {}) {
      const grant_type = grantType === 'jwt-dpop' ? grantTypes.jwtDpop : grantTypes.jwtBearer;
      return send({ grant_type, assertion: tokenOf(grant), ...privileges(ask) }, ask);
    },
    introspect: async (token) => post(known(server.introspectionEndpoint, 'introspection'), { token: tokenOf(token) }),
    revoke: async (token) => post(known(server.revocationEndpoint, 'revocation'), { token: tokenOf(token) }),
  };
}

function known(endpoint: string | undefined, what: string): string {
  if (endpoint === undefined) throw new Error(`this server has no ${what} endpoint`);
  return endpoint;
}

function credentials(auth: ClientAuth, now: number) {
  if (auth.method === 'none') return { form: { client_id: auth.clientId }, headers: {} };
  return presentCredentials(auth, now);
}

/** The token in what was given. Throws an Error when a request that was to bring one did not. */
export function tokenOf(presented: Presented): string {
  const token = typeof presented === 'string' ? presented : presented.token;
  if (token === undefined) throw new Error('there is no token in this answer: the request before was refused');
  return token;
}

function exchangeForm(ask: ExchangeAsk, { partner }: ClientOptions): FormFields {
  const { subject, subjectType, actor, actorType, to } = ask;
  const known = to === undefined ? undefined : partner?.(to);
  const requested = ask.requested ?? (to === undefined ? 'access_token' : (known?.grant ?? 'id-jag'));
  return {
    grant_type: grantTypes.tokenExchange,
    requested_token_type: typeUrn(requested),
    audience: known?.issuer ?? to,
    subject_token: tokenOf(subject),
    subject_token_type: typeUrn(subjectType ?? kindOf(tokenOf(subject))),
    ...(actor !== undefined && {
      actor_token: tokenOf(actor),
      actor_token_type: typeUrn(actorType ?? kindOf(tokenOf(actor))),
    }),
  };
}

const urns: Readonly<Record<string, string>> = {
  id_token: tokenTypes.idToken,
  access_token: tokenTypes.accessToken,
  jwt: tokenTypes.jwt,
  'id-jag': tokenTypes.idJag,
};
export const typeUrn = (kind: string) => (Object.hasOwn(urns, kind) ? urns[kind] : kind);

/** A JWT that says nothing of a client that may use it is for that client itself: an ID Token (OpenID Connect Core §2). */
function kindOf(token: string): TokenKind {
  const { header, claims } = readToken(token);
  if (header['typ'] === joseTypes.idJag) return 'id-jag';
  const usable = ['client_id', 'scope', 'scp'].some((name) => claims[name] !== undefined);
  return claims['iss'] === undefined || header['typ'] === joseTypes.accessToken || usable ? 'access_token' : 'id_token';
}

function privileges({ scope, resource, details }: Ask): FormFields {
  return {
    scope: [scope ?? []].flat().join(' ') || undefined,
    resource,
    authorization_details: details && JSON.stringify(details),
  };
}

/** RFC 9449 §8: whoever is asked for a nonce repeats the request with it. */
function wantsNonce({ body, headers }: HttpAnswer): string | undefined {
  const challenge = headers.get('www-authenticate') ?? '';
  const asked = body['error'] === 'use_dpop_nonce' || challenge.includes('error="use_dpop_nonce"');
  return asked ? (headers.get('dpop-nonce') ?? undefined) : undefined;
}

/** Calls a protected resource with an access token, bound or not (RFC 6750 §2.1, RFC 9449 §7.1). */
export async function callResource(
  url: string,
  presented: Presented,
  { method = 'GET', headers = {}, body, dpop }: CallOptions,
  { fetch, now }: Pick<ClientOptions, 'fetch' | 'now'>,
): Promise<HttpAnswer> {
  const token = tokenOf(presented);
  const attempt = (nonce?: string) => {
    const scheme = dpop ? 'DPoP' : 'Bearer';
    const { origin, pathname } = new URL(url);
    const proofFor = { url: `${origin}${pathname}`, method, accessToken: token, nonce };
    const proof = dpop && { DPoP: dpopProof(dpop, proofFor, Math.floor(now() / 1000)) };
    const sent = { ...headers, Authorization: `${scheme} ${token}`, ...proof };
    return requestJson(url, { method, headers: sent, ...(body !== undefined && { body }) }, fetch);
  };
  const answer = await attempt();
  const nonce = dpop && wantsNonce(answer);
  return nonce ? attempt(nonce) : answer;
}
