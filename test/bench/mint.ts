// A child that prepares requests before they are needed: every assertion, proof and token in them is new.

import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { clientAssertionType, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { TestKey } from '../../src/testkit/keys.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion, craftJwt, dpopProof, idJag } from '../../src/testkit/tokens.ts';
import { answerCalls } from './calls.ts';
import { environment } from './configuration.ts';
import { type Flow, isBound, isWarm, type Variant } from './flows.ts';
import { renderPost } from './http-bytes.ts';
import { names, readParties } from './parties.ts';

export type MintOrder = {
  readonly flow: Flow;
  readonly variant: Variant;
  readonly count: number;
  /** For the proofs; the server asks for one. */
  readonly nonce?: string | undefined;
  /** For introspection: the access tokens to ask about, used in turn. */
  readonly accessTokens?: readonly string[];
};

const webClient = { id: names.fabrikamWeb, secret: environment.WEB_SECRET };

type Form = Readonly<Record<string, string>>;

const parties = readParties(process.argv[2] ?? '');

const commands = {
  mint: (order: MintOrder): readonly Buffer[] => minters[order.flow](order),
  mintClientCredentials: clientCredentials,
  mintRedeem: redeemAs,
  /** A request with a proof but without a nonce: its answer names one. */
  nonceRequest: (): Buffer => {
    const holder = holderAt(0, 'dpop-cold');
    const proof = dpopProof(holder, { url: `${names.broker}/token` }, seconds());
    return renderPost('/token', { grant_type: grantTypes.tokenExchange }, { DPoP: proof });
  },
};
export type MintCommands = typeof commands;
answerCalls(commands);

const minters: Readonly<Record<Flow, (order: MintOrder) => readonly Buffer[]>> = { exchange, redeem, introspect };

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

function credentials(client: string): Form {
  return {
    client_assertion_type: clientAssertionType,
    client_assertion: clientAssertion(client, names.broker, parties.client, seconds()),
  };
}

function exchange({ variant, count, nonce }: MintOrder): readonly Buffer[] {
  const token = again(variant, idToken);
  return range(count).map((index) => {
    const form = {
      grant_type: grantTypes.tokenExchange,
      requested_token_type: tokenTypes.idJag,
      audience: names.contoso,
      resource: names.contosoApi,
      scope: 'calendar.read',
      subject_token: token(),
      subject_token_type: tokenTypes.idToken,
      ...credentials(names.agent),
    };
    return renderPost('/token', form, proofHeader(variant, holderAt(index, variant), nonce));
  });
}

function idToken(): string {
  const now = seconds();
  const claims = {
    iss: names.login,
    sub: `user-${unique()}`,
    aud: names.agentAtLogin,
    iat: now,
    exp: now + 3600,
    auth_time: now - 30,
    acr: 'phr',
    amr: ['hwk', 'user'],
    email: 'alice@acme.example',
    email_verified: true,
  };
  return craftJwt({ typ: 'JWT' }, claims, parties.login);
}

/** A request for client credentials, which we do not offer and peers do. */
function clientCredentials({ count }: { readonly count: number }): readonly Buffer[] {
  const form = { grant_type: 'client_credentials', scope: 'events:read', resource: names.api };
  return range(count).map(() => renderPost('/token', { ...form, ...credentials(names.agent) }));
}

export type RedeemOrder = {
  readonly count: number;
  /** Without a secret it signs. */
  readonly client: { readonly id: string; readonly secret?: string };
};

/** Grants redeemed by one client. */
function redeemAs({ count, client: { id, secret } }: RedeemOrder): readonly Buffer[] {
  const grantParties = { issuer: names.fabrikam, audience: names.broker, clientId: id };
  const shown = () => (secret === undefined ? credentials(id) : { client_id: id, client_secret: secret });
  return range(count).map(() => {
    const grant = { scope: 'events:read', resource: names.api };
    const assertion = idJag({ ...grantParties, sub: `user-${unique()}` }, parties.partner, seconds(), grant);
    return renderPost('/token', { grant_type: grantTypes.jwtBearer, assertion, ...shown() });
  });
}

/** Grants that come twice come to the domain that says `reuse: until_expiry`. */
function redeem({ variant, count, nonce }: MintOrder): readonly Buffer[] {
  if (variant === 'secret') return redeemAs({ count, client: webClient });
  const [issuer, clientId] = isWarm(variant)
    ? [names.woodgrove, names.woodgroveAgent]
    : [names.fabrikam, names.fabrikamAgent];
  const grant = (holder: TestKey) => {
    const grantParties = { issuer, audience: names.broker, clientId, sub: `user-${unique()}` };
    const bound = isBound(variant) && { cnf: { jkt: jwkThumbprint(holder.publicJwk) } };
    return idJag(grantParties, parties.partner, seconds(), { scope: 'events:read', ...bound });
  };
  const repeated = again(variant, () => grant(holderAt(0, variant)));
  return range(count).map((index) => {
    const holder = holderAt(index, variant);
    const assertion = isWarm(variant) ? repeated() : grant(holder);
    const form = { grant_type: grantTypes.jwtBearer, assertion, ...credentials(clientId) };
    return renderPost('/token', form, proofHeader(variant, holder, nonce));
  });
}

function introspect({ variant, count, accessTokens = [] }: MintOrder): readonly Buffer[] {
  return range(count).map((index) => {
    const token = accessTokens[isWarm(variant) ? 0 : index];
    if (token === undefined) throw new Error(`${count} requests need as many access tokens`);
    return renderPost('/introspect', { token, ...credentials(names.apiServer) });
  });
}

/** The same token every time when it is warm, a new one every time when not. */
function again(variant: Variant, make: () => string): () => string {
  if (!isWarm(variant)) return make;
  const once = make();
  return () => once;
}

function holderAt(index: number, variant: Variant): TestKey {
  if (variant === 'dpop-new-key') return testKey(parties.alg);
  const holder = parties.holders[isWarm(variant) ? 0 : index % parties.holders.length];
  if (holder === undefined) throw new Error('there are no holders');
  return holder;
}

function proofHeader(variant: Variant, holder: TestKey, nonce: string | undefined): Form {
  if (!isBound(variant)) return {};
  return { DPoP: dpopProof(holder, { url: `${names.broker}/token`, nonce }, seconds()) };
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Differs at each call, in this process and in others. */
function unique(): string {
  return crypto.randomUUID();
}
