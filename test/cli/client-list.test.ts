// crossgrant client list: clients that are configured, and those that only their document makes clients.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { type DocumentHost, openDocumentHost } from '../support/client-documents.ts';
import { configured } from '../support/configured.ts';
import { change, openBroker, run } from '../support/versioned.ts';

let agents: DocumentHost;
beforeAll(async () => {
  agents = await openDocumentHost();
});
afterAll(() => agents.stop());

const issuer = 'https://broker.acme.example';

it('names the rules that let clients in by their documents, and whoever has come by one', async () => {
  const parties = configured({ network: { loopback_http: true } });
  const single = 'https://apps.example/contoso/travel';
  change(parties, 'domains/fabrikam.yaml', {
    accept: { client_metadata: { hosts: [agents.host], urls: [single] } },
  });
  const broker = await openBroker(parties);
  const listed = async () => JSON.parse((await run(parties, 'client list', ['--json'])).stdout);
  const places = [`https://${agents.host}/…`, single];
  const letIn = `fabrikam.accept lets in whoever has a document at ${places.join(', ')}`;
  expect((await run(parties, 'client list')).stdout).toMatch(/\n\nfabrikam\.accept .*; none has come yet\n$/);
  expect(await listed()).toMatchObject({
    clients: [{ id: 'travel-agent', byDocument: false }],
    documents: [{ rule: 'fabrikam.accept', places }],
  });

  const { id, key } = agents.client();
  const now = parties.now();
  const request = parties.redeem(parties.grant(id), clientAssertion(id, issuer, key, now));
  expect((await broker.ask(request)).status).toBe(200);
  const { stdout } = await run(parties, 'client list');
  expect(stdout).toContain(`\n${id}  `);
  expect(stdout).toMatch(/ {2}private_key_jwt, by its document {2}[\d-]+ [\d:]+\n/);
  expect(stdout.endsWith(`\n\n${letIn}\n`)).toBe(true);
  const { clients } = await listed();
  expect(clients).toMatchObject([{ id: 'travel-agent' }, { id, method: 'private_key_jwt', byDocument: true }]);
  expect(clients[1].lastUse).toBeGreaterThanOrEqual(now * 1000);
});

it('leaves out a client whose document no rule lets in any more, and says nothing of documents where none counts', async () => {
  const parties = configured({ network: { loopback_http: true } });
  change(parties, 'domains/fabrikam.yaml', { accept: { client_metadata: { hosts: [agents.host] } } });
  const broker = await openBroker(parties);
  const { id, key } = agents.client();
  await broker.ask(parties.redeem(parties.grant(id), clientAssertion(id, issuer, key, parties.now())));
  change(parties, 'domains/fabrikam.yaml', { accept: { client_metadata: null } });
  const { stdout } = await run(parties, 'client list');
  expect(stdout).toContain('travel-agent');
  expect(stdout).not.toMatch(/document|127\.0\.0\.1/);
});
