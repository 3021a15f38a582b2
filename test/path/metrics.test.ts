// What Prometheus is told: requests, refusals and commits as they happened, and of strangers' words nothing.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { closeTrace, openTrace } from '../../src/audit/trace.ts';
import { registerCertificates } from '../../src/observe/gauges.ts';
import { openMetrics } from '../../src/observe/metrics.ts';
import { metricsText } from '../../src/observe/report.ts';
import { observedStore } from '../../src/observe/store.ts';
import { refusals } from '../../src/protocol/refusals.ts';
import { type CommitResult, StoreUnavailable } from '../../src/store/store.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import { basic, openWorld, rawForm, useWorld } from '../support/http.ts';
import { metricTypes, readSamples, sample } from '../support/scrape.ts';

const world = useWorld();
const scrape = async () => metricsText([await world().partner.report()]);

/** How far a sample moved while `work` ran. */
async function growth(work: () => Promise<unknown>, name: string, labels: Readonly<Record<string, string>> = {}) {
  const before = sample(await scrape(), name, labels) ?? 0;
  await work();
  return (sample(await scrape(), name, labels) ?? 0) - before;
}

const record = closeTrace(openTrace('token', 0));

describe('requests', () => {
  it('a token that was issued counts once, by its grant and by the domain its grant came from', async () => {
    const issue = () => world().accessToken();
    const labels = { grant: 'jwt-bearer', outcome: 'granted' };
    expect(await growth(issue, 'crossgrant_token_requests_total', labels)).toBe(1);
    expect(await growth(issue, 'crossgrant_domain_requests_total', { domain: 'acme', outcome: 'granted' })).toBe(1);
    const timed = { endpoint: 'token', outcome: 'granted' };
    expect(await growth(issue, 'crossgrant_request_duration_seconds_count', timed)).toBe(1);
    expect(await growth(issue, 'crossgrant_commit_duration_seconds_count')).toBe(1);
  });

  it('a commit that waits is seen waiting, one that fails is counted, and then nobody waits', async () => {
    const metrics = openMetrics();
    let fail: (error: Error) => void = () => {};
    const { store } = world().partner.broker;
    const pending = new Promise<CommitResult>((_, reject) => {
      fail = reject;
    });
    const commit = observedStore({ ...store, commit: () => pending }, metrics).commit({ spends: [], record });
    const told = async (name: string) => sample(await metrics.registry.metrics(), `crossgrant_${name}`);
    expect(await told('commits_waiting')).toBe(1);
    fail(new StoreUnavailable('gone'));
    await expect(commit).rejects.toThrow('gone');
    expect(await told('commits_waiting')).toBe(0);
    expect(await told('commit_failures_total')).toBe(1);
    expect(await told('commit_duration_seconds_count')).toBe(1);
  });

  it('a refusal counts by the reason of its record, at every endpoint', async () => {
    const { partner, contoso } = world();
    const expired = () => partner.token(world().form({ assertion: world().grant({ exp: world().now() - 100 }) }));
    expect(await growth(expired, 'crossgrant_refusals_total', { reason: 'grant.expired' })).toBe(1);
    const stranger = () => partner.token({ ...world().form(), client_assertion: 'no token' });
    expect(await growth(stranger, 'crossgrant_refusals_total', { reason: 'client_assertion.malformed' })).toBe(1);
    const nobody = () => rawForm(`${contoso}/introspect`, { token: 'x' });
    expect(await growth(nobody, 'crossgrant_refusals_total', { reason: 'client.missing' })).toBe(1);
    const signIn = () => rawForm(`${contoso}/authorize`, {});
    expect(await growth(signIn, 'crossgrant_refusals_total', { reason: 'authorization.unsupported' })).toBe(1);
  });

  it('a grant sent twice counts as what it was: the second time as a replay, not as granted', async () => {
    const form = world().form();
    await world().partner.token(form);
    const again = () => world().partner.token({ ...form, ...world().credentials() });
    expect(await growth(again, 'crossgrant_refusals_total', { reason: 'grant.replayed' })).toBe(1);
    expect(await growth(again, 'crossgrant_token_requests_total', { grant: 'jwt-bearer', outcome: 'granted' })).toBe(0);
  });

  it('introspection is timed beside the token endpoint', async () => {
    const ask = () =>
      rawForm(`${world().contoso}/introspect`, { token: 'x' }, basic(names.calendarServer, names.calendarSecret));
    const labels = { endpoint: 'introspect', outcome: 'granted' };
    expect(await growth(ask, 'crossgrant_request_duration_seconds_count', labels)).toBe(1);
  });

  it('every reason there is stands at 0 from the start, so that its first refusal is an increase', async () => {
    const told = readSamples(await scrape()).filter(({ name }) => name === 'crossgrant_refusals_total');
    expect(told.map(({ labels }) => labels['reason']).sort()).toEqual(Object.keys(refusals).sort());
  });
});

describe('attack: a stranger who sends a new name each time', () => {
  it('makes no new series: clients, grants, subjects, audiences and addresses are no labels', async () => {
    await world().partner.token({ grant_type: 'warm-up', client_id: 'warm-up' });
    await world().partner.token(
      world().form({ assertion: world().grant({ sub: 'somebody', iss: 'https://some.example' }) }),
    );
    const before = readSamples(await scrape()).length;
    for (const name of ['mallory', 'trudy', 'oscar"} 1\ncrossgrant_store_up 0']) {
      await world().partner.token({ grant_type: name, client_id: name, client_secret: 'guess', audience: name });
      await world().partner.token({ ...world().form(), client_id: name });
      const grant = world().grant({ iss: `https://${name}.example`, sub: name, jti: name });
      await world().partner.token(world().form({ assertion: grant }));
    }
    const text = await scrape();
    expect(readSamples(text)).toHaveLength(before);
    expect(text).not.toMatch(/mallory|trudy|oscar|guess/);
  });

  it('label values come from closed lists and from the configuration', async () => {
    const allowed: Readonly<Record<string, readonly string[]>> = {
      endpoint: ['token', 'introspect', 'revoke', 'authorize'],
      outcome: ['granted', 'refused', 'failed', 'answered'],
      grant: ['none', 'token-exchange', 'jwt-bearer', 'jwt-dpop'],
      domain: ['acme'],
      reason: Object.keys(refusals),
      state: ['published', 'active', 'retired'],
      kind: ['domain', 'client', 'subject'],
    };
    const strange = readSamples(await scrape()).flatMap(({ labels }) =>
      Object.entries(labels).filter(([key, value]) => key !== 'le' && !allowed[key]?.includes(value)),
    );
    expect(strange).toEqual([]);
  });
});

describe('names', () => {
  it('follow the conventions: one prefix, the unit at the end, _total for what only grows, a help text for each', async () => {
    const text = await scrape();
    const types = metricTypes(text);
    expect(types.size).toBeGreaterThan(10);
    for (const [name, type] of types) {
      expect(name).toMatch(/^crossgrant_[a-z_]+$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(text).toContain(`# HELP ${name} `);
    }
  });
});

describe('of several processes', () => {
  it('what counts is added up, and of a state the worst is told', async () => {
    const other = await openWorld();
    const reports = [await world().partner.report(), await other.partner.report()];
    const told = async (name: string, ...of: typeof reports) => sample(await metricsText(of), name) ?? Number.NaN;
    const name = 'crossgrant_commit_duration_seconds_count';
    const each = await Promise.all(reports.map((report) => told(name, report)));
    expect(await told(name, ...reports)).toBe(each.reduce((sum, value) => sum + value));
    expect(await told('crossgrant_store_up', ...reports)).toBe(1);
    await other.home.broker.store.close();
    const down = await other.home.report();
    expect(await told('crossgrant_store_up', ...reports, down)).toBe(0);
    await other.stop();
  });
});

describe('what stands in the way tomorrow', () => {
  it('the age of partner keys is told once they were needed, and failures to fetch them are counted', async () => {
    let at = Date.now();
    const subjects = { tokens: ['id_token'], clients: { [names.agent]: 'travel' } };
    const gone = { issuer: 'http://127.0.0.1:1', contact: 'nobody@gone.example', subjects };
    const domains = await trustDomains({ now: () => at, acme: () => ({ domains: { gone } }) });
    const told = async (name: string, labels: Readonly<Record<string, string>>) =>
      sample(await metricsText([await domains.home.report()]), `crossgrant_${name}`, labels);
    expect(await told('partner_keys_age_seconds', { domain: 'login' })).toBeUndefined();
    expect(await told('partner_fetch_failures_total', { domain: 'gone' })).toBe(0);

    const keysOf = (issuer: string) => domains.home.broker.domains.get(issuer)?.keys;
    await keysOf(domains.login)?.find(undefined, 'ES256');
    await expect(keysOf(gone.issuer)?.find(undefined, 'ES256')).rejects.toThrow();
    at += 90_000;
    expect(await told('partner_keys_age_seconds', { domain: 'login' })).toBe(90);
    expect(await told('partner_keys_failing', { domain: 'login' })).toBe(0);
    expect(await told('outbound_duration_seconds_count', { outcome: 'answered' })).toBeGreaterThanOrEqual(2);
    expect(await told('partner_keys_age_seconds', { domain: 'gone' })).toBeUndefined();
    expect(await told('partner_keys_failing', { domain: 'gone' })).toBe(1);
    expect(await told('partner_fetch_failures_total', { domain: 'gone' })).toBe(1);
    expect(await told('outbound_duration_seconds_count', { outcome: 'connection' })).toBe(1);
    await domains.stop();
  });

  it('the signing key says when the next one takes over', async () => {
    const [key] = world().partner.broker.signer.list();
    const text = await scrape();
    const due = (key?.activateAt ?? 0) + 30 * 86_400;
    expect(sample(text, 'crossgrant_signing_key_expires_timestamp_seconds')).toBe(due);
    expect(sample(text, 'crossgrant_signing_keys', { state: 'active' })).toBe(1);
    expect(sample(text, 'crossgrant_signing_keys', { state: 'published' })).toBe(0);
  });

  it('certificates say when they end', async () => {
    const cert = readFileSync('fixtures/config/full/cert.pem', 'utf8');
    const registry = new Registry();
    registerCertificates(registry, { certificates: () => ({ listener: cert, trusted: undefined }) });
    const text = await registry.metrics();
    const end = Date.parse(new X509Certificate(cert).validTo) / 1000;
    expect(sample(text, 'crossgrant_certificate_expires_timestamp_seconds', { use: 'listener' })).toBe(end);
    expect(sample(text, 'crossgrant_certificate_expires_timestamp_seconds', { use: 'trusted' })).toBeUndefined();
  });
});
