// design §2.10: no token, secret or key reaches a log line, an audit record, a metric or an error, whatever goes well or wrong.

import { renameSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LogFields } from '../../src/broker.ts';
import { openLog } from '../../src/observe/log.ts';
import { joinReadiness, metricsText } from '../../src/observe/report.ts';
import { clientAssertionType, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields, HttpAnswer } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion, dpopProof } from '../../src/testkit/tokens.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';

const secrets = {
  desk: 'desk-secret-that-must-not-be-told',
  operator: 'operator-key-that-must-not-be-told-0123456789',
};

let world: TrustDomains;
const logged: unknown[] = [];
const written: string[] = [];
const sent = new Set<string>();
const answers: HttpAnswer[] = [];

beforeAll(async () => {
  // What is handed to the log, and what it makes of it.
  const log = openLog('debug', null, { stream: { write: (line) => void written.push(line) } });
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    logged.push({ ...fields, message, stack: 'err' in fields && String(Object(fields.err).stack) });
    log[level]?.(fields, message);
  };
  world = await trustDomains({
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    env: { CROSSGRANT_KEY: secrets.operator, DESK: secrets.desk },
    acme: () => ({
      main: { clients: { desk: { auth: { method: 'client_secret_post', secret: { env: 'DESK' } } } } },
      domains: {
        login: { subjects: { clients: { desk: 'desk-web' } } },
        contoso: { send: { actor: 'carry', clients: { desk: 'acme-desk' } } },
      },
    }),
  });
});
afterAll(() => world.stop());

/** Sends a form and remembers every value in it that is a secret. */
async function send(
  broker: TrustDomains['home'],
  endpoint: string,
  fields: FormFields,
  headers: Readonly<Record<string, string>> = {},
) {
  const confidential = ['subject_token', 'client_assertion', 'assertion', 'client_secret', 'token'];
  for (const name of confidential) if (typeof fields[name] === 'string') sent.add(fields[name]);
  if (headers['DPoP']) sent.add(headers['DPoP']);
  const answer = await broker.post(endpoint, fields, headers);
  answers.push(answer);
  if (typeof answer.body['access_token'] === 'string') sent.add(answer.body['access_token']);
  return answer;
}

it('neither the log nor the audit trail nor an error tells a token, a secret or a key', async () => {
  const { home, partner, idp, agentKey } = world;
  const now = Math.floor(Date.now() / 1000);
  const proofKey = testKey();
  const assertion = (audience: string, clientId: string) => ({
    client_assertion_type: clientAssertionType,
    client_assertion: clientAssertion(clientId, audience, agentKey, now),
  });
  const exchange = {
    grant_type: grantTypes.tokenExchange,
    requested_token_type: tokenTypes.idJag,
    audience: world.contoso,
    subject_token_type: tokenTypes.idToken,
  };
  const proof = (url: string, nonce?: string) => ({ DPoP: dpopProof(proofKey, { url, nonce }, now) });

  const challenged = await send(
    home,
    'token',
    { ...exchange, subject_token: idp.idToken(names.agentAtLogin), ...assertion(world.acme, names.agent) },
    proof(`${world.acme}/token`),
  );
  const nonce = challenged.headers.get('dpop-nonce') ?? '';
  const granted = await send(
    home,
    'token',
    { ...exchange, subject_token: idp.idToken(names.agentAtLogin), ...assertion(world.acme, names.agent) },
    proof(`${world.acme}/token`, nonce),
  );
  const grant = String(granted.body['access_token']);
  await send(home, 'token', {
    ...exchange,
    subject_token: idp.idToken('desk-web'),
    client_id: 'desk',
    client_secret: secrets.desk,
  });
  await send(home, 'token', {
    ...exchange,
    subject_token: idp.idToken('desk-web', { exp: now - 1000 }),
    client_id: 'desk',
    client_secret: secrets.desk,
  });
  await send(home, 'token', {
    ...exchange,
    subject_token: idp.idToken('desk-web'),
    client_id: 'desk',
    client_secret: 'a-wrong-secret-that-is-somebody-elses',
  });
  await send(home, 'token', {
    ...exchange,
    subject_token: `${idp.idToken(names.agentAtLogin)}x`,
    ...assertion(world.acme, names.agent),
  });
  await send(partner, 'token', {
    grant_type: grantTypes.jwtBearer,
    assertion: grant,
    ...assertion(world.contoso, names.agentAtContoso),
  });
  const retry = await send(
    partner,
    'token',
    { grant_type: grantTypes.jwtBearer, assertion: grant, ...assertion(world.contoso, names.agentAtContoso) },
    proof(`${world.contoso}/token`),
  );
  const bound = await send(
    partner,
    'token',
    { grant_type: grantTypes.jwtBearer, assertion: grant, ...assertion(world.contoso, names.agentAtContoso) },
    proof(`${world.contoso}/token`, retry.headers.get('dpop-nonce') ?? ''),
  );
  const token = String(bound.body['access_token']);
  await send(partner, 'introspect', { token, ...assertion(world.contoso, names.agentAtContoso) });
  await send(partner, 'revoke', { token, ...assertion(world.contoso, names.agentAtContoso) });
  await send(partner, 'introspect', {
    token: 'nobody-knows-this-token',
    ...assertion(world.contoso, names.agentAtContoso),
  });

  // A token in a place where something else belongs.
  const misplaced = idp.idToken(names.agentAtLogin);
  sent.add(misplaced);
  sent.add('an-opaque-token-of-36-characters-or-so');
  for (const name of ['grant_type', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope']) {
    for (const value of [misplaced, 'an-opaque-token-of-36-characters-or-so']) {
      // Names of targets and scopes are what an operator has to see; only what looks like a token is kept out of them.
      if (value === misplaced || name.endsWith('_type')) {
        const fields = {
          ...exchange,
          subject_token: idp.idToken('desk-web'),
          client_id: 'desk',
          client_secret: secrets.desk,
        };
        await send(home, 'token', { ...fields, [name]: value });
      }
    }
  }

  // Credentials where they are read, and where nobody looks for them.
  const desk = { ...exchange, subject_token: idp.idToken('desk-web') };
  const basicDesk = Buffer.from(`desk:${secrets.desk}`).toString('base64');
  sent.add(basicDesk);
  await send(home, 'token', desk, { Authorization: `Basic ${basicDesk}` });
  await send(home, 'token', desk, { Authorization: `Bearer ${misplaced}` });
  await send(home, 'token', desk, { DPoP: misplaced, Cookie: `session=${misplaced}` });
  await send(home, `token?client_secret=${secrets.desk}&subject_token=${misplaced}`, desk);
  await send(home, `${misplaced}/${secrets.desk}`, desk);
  await send(partner, 'introspect', { token: misplaced, client_id: misplaced, client_secret: secrets.desk });
  await send(partner, 'revoke', { token, client_id: 'calendar-server', client_secret: secrets.desk });

  const trails = await Promise.all([home, partner].map(({ broker }) => broker.store.auditPage(0, 100)));

  // What breaks on our side is logged with its stack.
  const path = join(home.folder, 'crossgrant.db');
  const file = new Database(path);
  file.exec("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken by a test'); END");
  const good = () => ({
    ...exchange,
    subject_token: idp.idToken('desk-web'),
    client_id: 'desk',
    client_secret: secrets.desk,
  });
  expect(await send(home, 'token', good())).toMatchObject({ status: 500 });
  file.exec('DROP TRIGGER broken');
  file.close();
  renameSync(path, `${path}.away`);
  expect(await send(home, 'token', good())).toMatchObject({ status: 503 });
  renameSync(`${path}.away`, path);
  const reports = await Promise.all([home, partner].map((broker) => broker.report()));
  const shown = [await metricsText(reports), JSON.stringify(joinReadiness(reports))];
  expect(trails.flat().length).toBeGreaterThan(6);
  expect(logged.length).toBeGreaterThan(3);
  const errors = answers.filter(({ status }) => status !== 200).map(({ body }) => body);
  const told = JSON.stringify([logged, written, trails, errors, shown]);
  expect(written).toHaveLength(logged.length);
  const confidential = [...sent, ...Object.values(secrets), agentKey.privateJwk['d'], idp.key.privateJwk['d']].map(
    String,
  );
  // A token is told by any long part of it as well; its hash is what stands in the record instead.
  const parts = confidential.flatMap((value) => [value, ...value.split('.')]).filter((part) => part.length > 16);
  expect(parts.length).toBeGreaterThan(30);
  expect(parts.filter((part) => told.includes(part))).toEqual([]);
});

it('the database holds neither tokens nor secrets nor private keys in the clear', async () => {
  const files = await Promise.all(
    [world.home, world.partner].map(({ folder }) =>
      readFile(join(folder, 'crossgrant.db-wal')).catch(() => Buffer.alloc(0)),
    ),
  );
  const databases = await Promise.all(
    [world.home, world.partner].map(({ folder }) => readFile(join(folder, 'crossgrant.db'))),
  );
  const bytes = Buffer.concat([...files, ...databases]).toString('latin1');
  const signatures = [...sent].map((value) => value.split('.')[2] ?? value).filter((part) => part.length > 16);
  expect(signatures.length).toBeGreaterThan(5);
  expect([...signatures, ...Object.values(secrets)].filter((part) => bytes.includes(part))).toEqual([]);
});
