// Whose certificates count: the default authorities, and the operator's own beside them.

import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FetchRequest, guardedFetch } from '../../src/trust/guarded-fetch.ts';
import { startPartner } from './trust-partner.ts';

const asked: FetchRequest = { limit: 1000, accept: ['application/json'] };
const toLoopback = async () => [{ address: '127.0.0.1', family: 4 }];
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)('oauth §6.5: https to a host with a certificate of our own authority', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trust-tls-'));
  const file = (name: string) => join(folder, name);
  const read = (name: string) => readFileSync(file(name), 'utf8');
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });

  beforeAll(() => {
    const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    for (const authority of ['ours', 'other'])
      openssl(
        'req',
        '-x509',
        ...ecKey,
        '-keyout',
        `${authority}.key`,
        '-out',
        `${authority}.pem`,
        '-subj',
        `/CN=${authority}`,
      );
    openssl('req', ...ecKey, '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=host');
    writeFileSync(file('names'), 'subjectAltName=DNS:idp.internal,IP:127.0.0.1');
    const signing = ['-CA', 'ours.pem', '-CAkey', 'ours.key', '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-req', '-in', 'host.csr', ...signing, '-out', 'host.pem', '-days', '1');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const startTlsPartner = () =>
    startPartner(
      (request) => ({ body: JSON.stringify(request.headers.host) }),
      (listener) => createServer({ key: read('host.key'), cert: read('host.pem') }, listener),
    );

  it('is fetched when its name may be reached and its authority is named', async () => {
    const { port } = await startTlsPartner();
    const reach = guardedFetch({ loopbackHttp: false, allow: ['IDP.internal'], ca: read('ours.pem') }, toLoopback);
    const answer = await reach(`https://idp.internal:${port}/`, asked);
    expect(answer.body.toString()).toBe(`"idp.internal:${port}"`);
  });

  it('is fetched by its address when its network may be reached', async () => {
    const { port } = await startTlsPartner();
    const reach = guardedFetch({ loopbackHttp: false, allow: ['127.0.0.0/8'], ca: read('ours.pem') });
    expect((await reach(`https://127.0.0.1:${port}/`, asked)).status).toBe(200);
  });

  it('is fetched from loopback where loopback may be reached', async () => {
    const { port } = await startTlsPartner();
    const reach = guardedFetch({ loopbackHttp: true, allow: [], ca: read('ours.pem') });
    expect((await reach(`https://127.0.0.1:${port}/`, asked)).status).toBe(200);
  });

  it('tells how long the certificate is good, if that is asked for', async () => {
    const { port } = await startTlsPartner();
    const reach = guardedFetch({ loopbackHttp: true, allow: [], ca: read('ours.pem') });
    const url = `https://127.0.0.1:${port}/`;
    expect(await reach(url, asked)).not.toHaveProperty('certificate');
    const { certificate } = await reach(url, { ...asked, certificate: true });
    const { validFrom, validTo } = new X509Certificate(read('host.pem'));
    expect(certificate).toEqual({ from: Date.parse(validFrom), until: Date.parse(validTo) });
  });

  it('is found in a bundle of several authorities', async () => {
    const { port } = await startTlsPartner();
    const ca = read('other.pem') + read('ours.pem');
    const reach = guardedFetch({ loopbackHttp: true, allow: [], ca });
    expect((await reach(`https://127.0.0.1:${port}/`, asked)).status).toBe(200);
  });

  it.each([
    ['under no authority of ours', undefined, 'idp.internal'],
    ['under another authority', 'other.pem', 'idp.internal'],
    ['for another name', 'ours.pem', 'other.internal'],
  ])('is refused %s', async (_, authority, host) => {
    const partner = await startTlsPartner();
    const ca = authority === undefined ? {} : { ca: read(authority) };
    const reach = guardedFetch({ loopbackHttp: false, allow: [host], ...ca }, toLoopback);
    await expect(reach(`https://${host}:${partner.port}/`, asked)).rejects.toMatchObject({ fault: 'tls' });
    expect(partner.asked).toEqual([]);
  });

  it('is refused where nobody said its address may be reached', async () => {
    const partner = await startTlsPartner();
    const reach = guardedFetch({ loopbackHttp: false, allow: [], ca: read('ours.pem') }, toLoopback);
    await expect(reach(`https://idp.internal:${partner.port}/`, asked)).rejects.toMatchObject({ fault: 'address' });
    expect(partner.connections()).toBe(0);
  });
});

it('a host that does not speak TLS is told as such', async () => {
  const { port } = await startPartner(() => ({ body: '{}' }));
  const reach = guardedFetch({ loopbackHttp: true, allow: [] });
  await expect(reach(`https://127.0.0.1:${port}/`, asked)).rejects.toMatchObject({ fault: 'tls' });
});

it('a bundle without a certificate is refused at the start', () => {
  expect(() => guardedFetch({ loopbackHttp: false, allow: [], ca: 'no certificate' })).toThrow();
});
