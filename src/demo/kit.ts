// The kit: everything a foreign client needs to walk the same chain, as files. Nothing in it is secret beyond this run.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endpoints } from '../metadata/endpoints.ts';
import { clientAssertionType, grantTypes, joseTypes, tokenTypes } from '../protocol/urns.ts';
import type { RunningBroker } from '../testkit/broker.ts';
import { names } from '../testkit/trust-domains.ts';
import { kitReadme } from './kit-readme.ts';
import { type DemoWorld, desk, lab } from './world.ts';

/** Subject tokens in the kit live this long, in seconds: a working day of trying things. */
const subjectTokenLifetime = 8 * 3600;

export type Kit = ReturnType<typeof describeWorld>;

/** Writes the kit into `folder` and returns what kit.json says. */
export async function writeKit(world: DemoWorld, folder: string, now: number): Promise<Kit> {
  const kit = describeWorld(world, folder);
  const { idp } = world;
  const lives = { exp: Math.floor(now / 1000) + subjectTokenLifetime };
  await mkdir(folder, { recursive: true });
  const files: Readonly<Record<string, string>> = {
    'kit.json': json(kit),
    'README.md': kitReadme(kit),
    'travel-agent.jwk.json': json(world.agentKey.privateJwk),
    'identity-provider.jwk.json': json(idp.key.privateJwk),
    'lab.jwk.json': json(world.labKey.privateJwk),
    'travel-agent.id-token.jwt': idp.idToken(names.agentAtLogin, lives),
    'travel-agent.access-token.jwt': idp.accessToken(names.agentAtLogin, names.acmeApi, {
      ...lives,
      scope: 'calendar.read',
    }),
    'desk-agent.id-token.jwt': idp.idToken(desk.atLogin, lives),
    ...(world.certificates && { 'ca.pem': world.certificates.ca }),
  };
  // Readable by their owner alone, as keys should be even where they protect nothing.
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o600 });
  return kit;
}

const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

function server({ issuer }: RunningBroker) {
  const at = endpoints(issuer);
  return {
    issuer,
    token_endpoint: at.token,
    introspection_endpoint: at.introspect,
    revocation_endpoint: at.revoke,
    jwks_uri: at.jwks,
    metadata: `${issuer}/.well-known/oauth-authorization-server`,
  };
}

function describeWorld(world: DemoWorld, folder: string) {
  const { home, partner, calendar, login, contoso } = world;
  const file = (name: string) => join(folder, name);
  const labGrants = {
    private_jwk: file('lab.jwk.json'),
    kid: world.labKey.kid,
    alg: world.labKey.alg,
    claims: 'iss, sub, aud = issuer of the partner, client_id = that of a client at_partner, jti, iat, exp, scope',
  };
  return {
    about: 'Two trust domains of a crossgrant demonstration. Everything here ends with that run.',
    ...(world.certificates && { ca: file('ca.pem') }),
    identity_provider: {
      issuer: login,
      metadata: `${login}/.well-known/openid-configuration`,
      authorization_endpoint: `${login}/authorize`,
      token_endpoint: `${login}/token`,
      note: 'Alice is signed in: authorization code with PKCE (S256, any redirect_uri) answers at once.',
      private_jwk: file('identity-provider.jwk.json'),
      kid: world.idp.key.kid,
      alg: world.idp.key.alg,
      subject_tokens: 'Sign your own: typ JWT, iss = issuer, sub, aud = client_id at_identity_provider, iat, exp.',
    },
    home: server(home),
    partner: server(partner),
    resource: {
      identifier: calendar,
      url: calendar,
      metadata: calendar.replace(/\/calendar$/, '/.well-known/oauth-protected-resource/calendar'),
      scopes: { asked_at_home: ['calendar.read', 'calendar.write'], at_the_partner: ['events:read', 'events:write'] },
      get_needs: 'events:read',
      post_needs: 'events:write',
      introspection_client: {
        client_id: names.calendarServer,
        client_secret: names.calendarSecret,
        method: 'client_secret_basic',
      },
    },
    own_resource_of_home: { identifier: names.acmeApi, scopes: ['calendar.read'] },
    clients: [
      {
        name: 'travel-agent',
        agent: names.workload,
        at_identity_provider: { client_id: names.agentAtLogin },
        at_home: { client_id: names.agent, method: 'private_key_jwt', private_jwk: file('travel-agent.jwk.json') },
        at_partner: {
          client_id: names.agentAtContoso,
          method: 'private_key_jwt',
          private_jwk: file('travel-agent.jwk.json'),
        },
        id_token: file('travel-agent.id-token.jwt'),
        access_token: file('travel-agent.access-token.jwt'),
      },
      {
        name: 'desk-agent',
        agent: desk.workload,
        at_identity_provider: { client_id: desk.atLogin },
        at_home: { client_id: desk.client, method: 'client_secret_post', client_secret: desk.secret },
        at_partner: { client_id: desk.atContoso, method: 'client_secret_basic', client_secret: desk.secretAtContoso },
        id_token: file('desk-agent.id-token.jwt'),
      },
    ],
    requests: {
      exchange: {
        grant_type: grantTypes.tokenExchange,
        requested_token_type: tokenTypes.idJag,
        audience: contoso,
        resource: calendar,
        scope: 'calendar.read',
        subject_token: '<id_token of the client>',
        subject_token_type: tokenTypes.idToken,
        client_assertion_type: clientAssertionType,
        client_assertion: '<JWT: iss = sub = client_id, aud = issuer, jti, exp within 5 minutes>',
      },
      own_resource: {
        grant_type: grantTypes.tokenExchange,
        resource: names.acmeApi,
        scope: 'calendar.read',
        subject_token: '<id_token of the client>',
        subject_token_type: tokenTypes.idToken,
      },
      redemption: { grant_type: grantTypes.jwtBearer, assertion: '<access_token of the exchange>' },
      dpop: 'Optional on both legs; the first proof is answered with use_dpop_nonce and a DPoP-Nonce header.',
    },
    trusted_issuers: [
      { issuer: lab.idJag, grants: 'id-jag', typ: joseTypes.idJag, ...labGrants },
      { issuer: lab.chaining, grants: 'jwt', typ: 'JWT', ...labGrants },
    ],
    configuration: { home: join(home.folder, 'crossgrant.yaml'), partner: join(partner.folder, 'crossgrant.yaml') },
  };
}
