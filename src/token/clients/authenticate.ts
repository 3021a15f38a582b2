// Who asks: one client authentication method per request, the registered one (RFC 6749 §2.3).

import { check, note, type Trace } from '../../audit/trace.ts';
import type { Broker } from '../../broker.ts';
import { limits } from '../../protocol/limits.ts';
import { Refusal, refuse } from '../../protocol/refusal.ts';
import { parameter, type TokenRequest } from '../request.ts';
import type { Proof } from '../types.ts';
import type { Client } from './client.ts';
import { clientMethods } from './methods/index.ts';

/**
 * Authenticates the client; from here on the caller is known, and what it spent is spent whatever follows. Not so for a
 * public client: anybody can say its name, so that it is known only by the token it presents (design §2.12).
 */
export async function authenticate(
  request: TokenRequest,
  proof: Proof | undefined,
  broker: Broker,
  trace: Trace,
): Promise<Client> {
  const { method, presented } = findMethod(request);
  // A stranger's word until it is verified: no longer than any id we know, or it would fill the log.
  note(trace, { client: presented.clientId.slice(0, limits.identifier) });
  const claimed = parameter(request, 'client_id') ?? presented.clientId;
  check(trace, 'client.id_mismatch', claimed === presented.clientId, {
    expected: presented.clientId,
    received: claimed,
  });

  const { clientId } = presented;
  const client = broker.clients.get(clientId) ?? (await findByDocument(clientId, method.name, broker, trace));
  const registered = client.verifier.method;
  check(trace, 'client.method', method.name === registered, { expected: registered, received: method.name });
  const { rates } = broker;
  if (rates.isSpent(client, trace.caller)) refuse('rate.client', { received: client.id });
  const spent = await client.verifier.verify(presented, Math.floor(trace.at / 1000), trace);
  if (registered !== 'none') {
    if (!rates.takes(client, trace.caller)) refuse('rate.client', { received: client.id });
    trace.spends = [...spent, ...(proof?.spends ?? [])];
  } else if (trace.caller) {
    // A name anybody can say: were its own rate counted, anybody could use it up. What counts is where it is said.
    rates.failed(trace.caller, { share: limits.harmlessShare });
  }
  note(trace, { agent: client.agent, risk: { proof: proof ? `${registered} dpop` : registered } });
  return client;
}

/**
 * A client nobody registered, known by the document at its id. Whoever does not even claim to hold a key makes us fetch
 * nothing: there is no other way to be such a client.
 */
function findByDocument(
  clientId: string,
  method: string,
  { clientDocuments }: Broker,
  trace: Trace,
): Client | Promise<Client> {
  if (!clientDocuments.covers(clientId)) refuse('client.unknown', { received: clientId });
  check(trace, 'client.method', method === 'private_key_jwt', { expected: 'private_key_jwt', received: method });
  return clientDocuments.find(clientId);
}

/** Whom the credentials name, believing nothing of them; undefined when they name nobody. */
export function claimedClient(request: TokenRequest): string | undefined {
  try {
    return findMethod(request).presented.clientId;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function findMethod(request: TokenRequest) {
  const used = clientMethods.flatMap((method) => {
    const presented = method.present(request);
    return presented ? [{ method, presented }] : [];
  });
  // `client_id` alone stands beside every method that sends it; it is one only where nothing else is.
  const credentials = used.filter(({ method }) => method.name !== 'none');
  if (credentials.length > 1)
    refuse('client.several_methods', { received: credentials.map(({ method }) => method.name) });
  return credentials[0] ?? used[0] ?? refuse('client.missing');
}

/** What the registration lets this client do, once it is known. */
export function checkRegistration(client: Client, grantType: string, proof: Proof | undefined, trace: Trace): void {
  const allowed = client.grants.has(grantType);
  check(trace, 'client.grant_not_allowed', allowed, () => ({ expected: [...client.grants], received: grantType }));
  check(trace, 'dpop_proof.missing', !client.dpopBound || proof !== undefined, { expected: 'DPoP header' });
}
