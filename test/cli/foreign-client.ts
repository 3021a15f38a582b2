// A client that has never seen our code: it knows kit.json, HTTP and npm jose, and nothing else.

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from 'jose';

export type Kit = {
  readonly ca?: string;
  readonly identity_provider: { readonly issuer: string; readonly private_jwk: string; readonly kid: string };
  readonly home: Server;
  readonly partner: Server;
  readonly resource: {
    readonly identifier: string;
    readonly url: string;
    readonly metadata: string;
    readonly introspection_client: { readonly client_id: string; readonly client_secret: string };
  };
  readonly own_resource_of_home: { readonly identifier: string };
  readonly clients: readonly [KitClient, KitClient];
  readonly requests: Readonly<Record<'exchange' | 'redemption' | 'own_resource', Form>>;
  readonly trusted_issuers: readonly {
    issuer: string;
    typ: string;
    grants: string;
    private_jwk: string;
    kid: string;
  }[];
};
type Server = Readonly<
  Record<'issuer' | 'token_endpoint' | 'introspection_endpoint' | 'revocation_endpoint' | 'metadata', string>
>;
type Registration = {
  readonly client_id: string;
  readonly method: string;
  readonly client_secret?: string;
  readonly private_jwk?: string;
};
export type KitClient = {
  readonly at_identity_provider: { readonly client_id: string };
  readonly at_home: Registration;
  readonly at_partner: Registration;
  readonly id_token: string;
  readonly access_token?: string;
};
export type Form = Readonly<Record<string, string>>;
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

export const readText = (path: string) => readFileSync(path, 'utf8').trim();
const readJwk = (path: string) => JSON.parse(readText(path)) as JWK;
const now = () => Math.floor(Date.now() / 1000);
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** Signs claims with a private JWK file. */
export async function sign(jwkFile: string, header: { readonly typ: string }, claims: object): Promise<string> {
  const jwk = readJwk(jwkFile);
  return new SignJWT({ iat: now(), exp: now() + 120, jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', ...(jwk.kid && { kid: jwk.kid }), ...header })
    .sign(await importJWK(jwk, 'ES256'));
}

/** Sends and reads JSON; over TLS only the authority of the kit counts. */
export async function send(url: string, method: string, headers: Form, body?: string, ca?: string): Promise<Answer> {
  if (ca === undefined) {
    const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
    return read(answer.status, answer.headers, await answer.text());
  }
  return new Promise((resolve, reject) => {
    const options = { method, headers, ca: readText(ca), rejectUnauthorized: true, agent: false };
    request(url, options, async (answer) => {
      let text = '';
      for await (const part of answer.setEncoding('utf8')) text += part;
      const single = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
      resolve(read(answer.statusCode ?? 0, new Headers(single), text));
    })
      .on('error', reject)
      .end(body);
  });
}

const read = (status: number, headers: Headers, text: string): Answer => ({
  status,
  headers,
  body: text === '' ? {} : JSON.parse(text),
});

export const basic = (id: string, secret: string): Form => ({
  Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

/** Posts a form as a client registered with this server, by the method the kit names. */
export async function post(server: Server, client: Registration, fields: Form, kit: Kit, headers: Form = {}) {
  const { client_id, client_secret = '', private_jwk = '' } = client;
  const assertion = () =>
    sign(private_jwk, { typ: 'JWT' }, { iss: client_id, sub: client_id, aud: server.issuer, exp: now() + 60 });
  const proof: Record<string, () => Form | Promise<Form>> = {
    private_key_jwt: async () => ({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(),
    }),
    client_secret_post: () => ({ client_id, client_secret }),
    client_secret_basic: () => ({}),
  };
  const authorization = client.method === 'client_secret_basic' ? basic(client_id, client_secret) : {};
  const body = new URLSearchParams({ ...fields, ...(await proof[client.method]?.()) }).toString();
  return send(server.token_endpoint, 'POST', { ...form, ...authorization, ...headers }, body, kit.ca);
}

/** The exchange of the kit with this client's ID Token. */
export const exchange = (kit: Kit, client: KitClient, changes: Form = {}, headers: Form = {}) => {
  const { client_assertion: _, client_assertion_type: __, ...asked } = kit.requests.exchange;
  return post(
    kit.home,
    client.at_home,
    { ...asked, subject_token: readText(client.id_token), ...changes },
    kit,
    headers,
  );
};

export const redeem = (kit: Kit, client: KitClient, assertion: unknown, headers: Form = {}) =>
  post(kit.partner, client.at_partner, { ...kit.requests.redemption, assertion: String(assertion) }, kit, headers);

export const call = (kit: Kit, token: unknown, headers: Form = {}) =>
  send(kit.resource.url, 'GET', { Authorization: `Bearer ${token}`, ...headers }, undefined, kit.ca);

/** Asks another endpoint about a token as the resource server or as a client with a secret. */
export const ask = (url: string, id: string, secret: string, token: unknown, kit: Kit) =>
  send(
    url,
    'POST',
    { ...form, ...basic(id, secret) },
    new URLSearchParams({ token: String(token) }).toString(),
    kit.ca,
  );

/** A DPoP proof (RFC 9449 §4.2) with the key of a file. */
export async function dpop(jwkFile: string, method: string, url: string, extra: { nonce?: string; token?: unknown }) {
  const jwk = readJwk(jwkFile);
  const { kty = '', crv = '', x = '', y = '' } = jwk;
  const ath =
    extra.token === undefined ? {} : { ath: createHash('sha256').update(String(extra.token)).digest('base64url') };
  const claims = { htm: method, htu: url, jti: randomUUID(), iat: now(), ...ath };
  return new SignJWT({ ...claims, ...(extra.nonce && { nonce: extra.nonce }) })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } })
    .sign(await importJWK(jwk, 'ES256'));
}

export const thumbprintOf = (jwkFile: string) => calculateJwkThumbprint(readJwk(jwkFile));
