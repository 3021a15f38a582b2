// Access tokens of the home domain: RFC 9068, a plain JWT where the issuer says so, or opaque and asked about.

import { check, type Trace } from '../../audit/trace.ts';
import { decodeBase64url } from '../../jose/base64url.ts';
import type { JsonObject } from '../../jose/json.ts';
import { Refusal, refuse } from '../../protocol/refusal.ts';
import { joseTypes, tokenTypes } from '../../protocol/urns.ts';
import { IntrospectionUnavailable } from '../../trust/introspection.ts';
import { mediaType } from '../../trust/verify-jwt.ts';
import type { GrantContext } from '../grants/types.ts';
import type { Subject } from '../types.ts';
import type { Role, SubjectReader } from './types.ts';
import {
  checkBoundKey,
  conveyed,
  holderOf,
  type SubjectIssuer,
  subjectIssuer,
  toSubject,
  verifySubjectJwt,
} from './verify.ts';

export const accessToken: SubjectReader = {
  kind: 'access_token',
  tokenType: tokenTypes.accessToken,
  spec: 'RFC 9068 §4, RFC 7662 §2, identity chaining App. B.1',
  read: async (token, role, context) => {
    const { issuer, claims } = looksLikeJwt(token)
      ? await readJwt(token, role, context)
      : await readOpaque(token, role, context);
    mayPresent(issuer, claims, role, context);
    const subject = toSubject(issuer, claims, role, conveyed(claims, role, issuer.trust));
    return issuer.domain.issuer === context.broker.issuer ? ourOwn(subject, role, context) : subject;
  },
};

const looksLikeJwt = (token: string) =>
  token.split('.').length === 3 && decodeBase64url(token.split('.')[0] ?? '') !== undefined;

async function readJwt(token: string, role: Role, context: GrantContext) {
  const { header, claims, signer } = await verifySubjectJwt(
    token,
    role,
    'access_token',
    { types: [joseTypes.accessToken, joseTypes.plain, ''], audience: () => 'any' },
    context,
  );
  const { accessTokens } = signer.trust;
  const typed = mediaType(header['typ']) === joseTypes.accessToken;
  const fits = accessTokens === 'rfc9068' ? typed : accessTokens === 'jwt' && !isIdToken(claims, signer);
  check(context.trace, `${role}.typ`, fits, { expected: accessTokens, received: header['typ'] ?? null });
  return { issuer: signer, claims };
}

/** An issuer of plain JWT access tokens signs its ID Tokens with the same keys: those are for the client itself. */
function isIdToken({ aud, nonce, at_hash: atHash, events }: JsonObject, { there }: SubjectIssuer): boolean {
  return (
    nonce !== undefined ||
    atHash !== undefined ||
    events !== undefined ||
    aud === there.id ||
    (Array.isArray(aud) && aud.includes(there.id))
  );
}

/** Asks the issuer this client has opaque tokens from. With two, one would be shown what belongs to the other. */
async function readOpaque(token: string, role: Role, context: GrantContext) {
  const { broker, client, trace } = context;
  const issuers = broker.rules.opaque(client.id);
  const [only, ...others] = issuers.map(({ issuer }) => subjectIssuer(issuer, 'access_token', role, context));
  const introspect = only?.trust.introspect;
  if (!only || !introspect)
    return refuse(`${role}.malformed`, { expected: 'a JWT; no issuer of opaque tokens is configured' });
  check(trace, `${role}.issuer`, others.length === 0, {
    expected: 'one issuer of opaque tokens',
    received: issuers.length,
  });
  const claims = await asked(introspect, token, role, only.domain.issuer, trace);
  check(trace, `${role}.inactive`, claims['active'] === true);
  const { issuer } = only.domain;
  check(trace, `${role}.issuer`, (claims['iss'] ?? issuer) === issuer, { expected: issuer, received: claims['iss'] });
  return { issuer: only, claims };
}

/** Once for a request, whoever looks at it beside those who answer it (versions/proposed.ts). */
async function asked(
  introspect: (token: string) => Promise<JsonObject>,
  token: string,
  role: Role,
  issuer: string,
  trace: Trace,
): Promise<JsonObject> {
  const name = `${issuer} ${token}`;
  const said = trace.said?.get(name);
  if (said !== undefined) return said;
  try {
    const answer = await introspect(token);
    trace.said = new Map(trace.said).set(name, answer);
    return answer;
  } catch (error) {
    if (error instanceof IntrospectionUnavailable) throw new Refusal(`${role}.unavailable`, {}, {}, error);
    throw error;
  }
}

/** The client's own token, or one made for a resource the client is (identity chaining §5.3, App. B.1). */
function mayPresent({ there, trust }: SubjectIssuer, claims: JsonObject, role: Role, context: GrantContext): void {
  const holder = holderOf(claims, trust);
  const audiences = Array.isArray(claims['aud']) ? claims['aud'] : [claims['aud']];
  const isResource = audiences.some((audience) => there.audiences.includes(String(audience)));
  check(context.trace, `${role}.client`, holder === there.id || isResource, {
    expected: [there.id, ...there.audiences],
    received: [holder, ...audiences],
  });
  // A resource has checked the holder's proof itself; the holder has to show us its own (RFC 9449 §6).
  if (!isResource) checkBoundKey(claims, role, context);
}

/** A token we issued ourselves for a further hop: still good, and its way so far is known. */
async function ourOwn(subject: Subject, role: Role, { broker }: GrantContext): Promise<Subject> {
  const stored = await broker.store.findToken(String(subject.claims['jti']));
  if (stored === undefined || stored.revokedAt !== null) refuse(`${role}.revoked`, { received: subject.claims['jti'] });
  const { scopes = [], details = [] } = subject.conveys;
  // Of other issuers' tokens we cannot know what leaving it out means; of ours we do: it was granted none.
  const origin = {
    issuer: stored.subjectIssuer ?? subject.issuer,
    sub: stored.subjectSub ?? subject.sub,
    clientId: stored.clientId,
    behind: stored.behind,
  };
  const lineage = [...new Set([...stored.lineage, ...subject.lineage])];
  return { ...subject, conveys: { scopes, details }, lineage, origin };
}
