// Who calls through the proxy: a handle that counts, and where it is bound, a proof of the key.

import { tokenHash } from '../audit/token-hash.ts';
import { check, closeTrace, note, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { refuse } from '../protocol/refusal.ts';
import type { StoredToken } from '../store/store.ts';
import { refuseUnlessCommitted } from '../token/commit.ts';
import { behindToken } from '../token/policy/suspension.ts';
import { verifyProof } from '../token/proofs/dpop.ts';
import { type Behind, openHandle } from '../token/redeem/handle.ts';
import type { ProxiedRequest } from './types.ts';

export type Presented = Behind & { readonly stored: StoredToken };

const credentials = /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i;

/** What is behind the handle of the Authorization header, or a refusal with `access_token.*`, `proxy.handle` or `dpop_proof.*`. */
export async function readCaller(request: ProxiedRequest, broker: Broker, trace: Trace): Promise<Presented> {
  heard(request, broker, trace);
  const authorization = request.headers.get('authorization') ?? [];
  if (authorization.length > 1) refuse('request.repeated_header', { received: 'authorization' });
  const [, scheme = '', handle = ''] = credentials.exec(authorization[0] ?? '') ?? refuse('access_token.missing');
  note(trace, { presented: tokenHash(handle) });
  const now = Math.floor(trace.at / 1000);
  const presented = (await openHandle(handle, now, broker)) ?? refuse('proxy.handle');
  const { stored, resources, jkt } = presented;
  // From here on a refusal is worth a record: it is about somebody we gave a handle to.
  trace.spends = [];
  const { clientId, subjectIssuer, subjectSub, domain } = stored;
  note(trace, {
    client: clientId,
    agent: broker.clients.get(clientId)?.agent ?? null,
    domain,
    resource: resources,
    subject: subjectIssuer !== null && subjectSub !== null ? { issuer: subjectIssuer, sub: subjectSub } : null,
  });
  // RFC 9449 §7.1: neither kind passes for the other.
  const fits = (jkt !== undefined) === (scheme.toLowerCase() === 'dpop');
  check(trace, 'access_token.scheme', fits, { expected: jkt === undefined ? 'Bearer' : 'DPoP', received: scheme });
  if (jkt !== undefined) await requireKey(jkt, handle, request, stored, broker, trace);
  return presented;
}

/** Guessing a handle takes for ever, and so does trying to. */
function heard({ headers, peer }: ProxiedRequest, { rates }: Broker, trace: Trace): void {
  const address = rates.addressOf({ headers, peer });
  if (address === undefined) return;
  trace.caller = { address };
  if (!rates.hears(trace.caller)) refuse('rate.address', { received: address });
}

/** The proof is spent before anything is sent, in every process at once: so each such call has a record. */
async function requireKey(
  jkt: string,
  handle: string,
  { method, target, headers }: ProxiedRequest,
  stored: StoredToken,
  broker: Broker,
  trace: Trace,
): Promise<void> {
  const [proof, ...more] = headers.get('dpop') ?? [];
  if (proof === undefined) refuse('dpop_proof.missing');
  if (more.length > 0) refuse('dpop_proof.malformed', { expected: 'one DPoP header' });
  const uri = `${new URL(broker.issuer).origin}${target.replace(/\?.*$/, '')}`;
  const now = Math.floor(trace.at / 1000);
  const verified = verifyProof(proof, { method, uri, accessToken: handle }, broker, now, trace);
  check(trace, 'access_token.proof_key', verified.jkt === jkt, { expected: jkt, received: verified.jkt });
  const unlessSuspended = behindToken(stored, broker.issuer);
  const result = await broker.store.commit({ spends: verified.spends, record: closeTrace(trace), unlessSuspended });
  refuseUnlessCommitted(result, broker, trace);
}
