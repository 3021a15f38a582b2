// Opaque tokens while something is tried: their issuer is asked once, and nobody learns a token for the sake of a trial.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import type { Parties } from '../soak/parties.ts';
import { configured } from '../support/configured.ts';
import { lastRecord, trying } from '../support/trying.ts';
import { change, type Running } from '../support/versioned.ts';

const contoso = 'domains/contoso.yaml';
const login = 'domains/login.yaml';

/** An issuer that says of every token that alice holds it, and remembers what it was shown. */
async function openIssuer() {
  const shown: (string | null)[] = [];
  const server = createServer(async (request, response) => {
    let form = '';
    for await (const part of request) form += part;
    shown.push(new URLSearchParams(form).get('token'));
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ active: true, sub: 'alice', client_id: 'travel-web', scope: 'calendar.read' }));
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = await new Promise<AddressInfo>((listening) => {
    server.listen(0, '127.0.0.1', () => listening(server.address() as AddressInfo));
  });
  return { shown, endpoint: `http://127.0.0.1:${port}/introspect` };
}

let parties: Parties;
let issuer: Awaited<ReturnType<typeof openIssuer>>;
beforeEach(async () => {
  parties = configured({ network: { loopback_http: true } });
  issuer = await openIssuer();
  change(parties, contoso, { send: { grant: 'jwt' } });
  change(parties, login, { subjects: opaqueAt(issuer.endpoint) });
});

function opaqueAt(endpoint: string) {
  const introspection = { client_id: 'acme', secret: { env: 'KEY' }, endpoint, cache: '1s' };
  return { tokens: ['access_token'], access_tokens: 'opaque', introspection };
}

const present = (broker: Running) =>
  broker.exchange({
    ...{ subject_token: 'opaque-1', subject_token_type: tokenTypes.accessToken, requested_token_type: tokenTypes.jwt },
  });

describe('an opaque token', () => {
  it('is asked about once, and what was said of it counts for what is tried', async () => {
    const broker = await trying(parties, { [contoso]: { state: 'report-only', send: { lifetime: '1m' } } });
    expect((await present(broker)).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({
      otherwise: [{ member: 'lifetime', before: 300, after: 60 }],
    });
    expect(issuer.shown).toEqual(['opaque-1']);
  });

  it('is shown to no server that is only tried', async () => {
    const other = await openIssuer();
    change(parties, login, { subjects: { tokens: ['id_token'], access_tokens: null, introspection: null } });
    const broker = await trying(parties, { [login]: { state: 'report-only', subjects: opaqueAt(other.endpoint) } });
    expect((await present(broker)).status).toBe(400);
    expect(other.shown).toEqual([]);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'unknown', domain: 'login' });
    expect(broker.log.filter(({ message }) => message.includes('could not be asked'))).toEqual([]);
  });

  it('of who acts is shown to no server that is only tried either', async () => {
    const other = await openIssuer();
    change(parties, contoso, { send: { grant: 'id-jag', actor: 'token' } });
    change(parties, login, { subjects: { tokens: ['id_token'], access_tokens: null, introspection: null } });
    const subjects = { ...opaqueAt(other.endpoint), tokens: ['id_token', 'access_token'] };
    const broker = await trying(parties, { [login]: { state: 'report-only', subjects } });
    const acting = { actor_token: 'opaque-2', actor_token_type: tokenTypes.accessToken };
    expect((await broker.exchange(acting)).status).toBe(400);
    expect(other.shown).toEqual([]);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'unknown', domain: 'login' });
  });
});
