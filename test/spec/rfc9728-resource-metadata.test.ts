// RFC 9728: what a protected resource publishes of itself, and where.

import { describe, expect, it } from 'vitest';
import { protectResource } from '../../src/resource/index.ts';
import { getJson } from '../../src/testkit/http.ts';
import { proofAlgorithms } from '../../src/token/proofs/dpop.ts';
import { issuer, useApis } from '../support/resource-api.ts';

const { apis } = useApis();

describe('RFC 9728 the metadata of the resource', () => {
  it('PRM-03 lies where §3.1 says, and names the resource it was asked for', async () => {
    expect(apis().calendar.resource.metadataUrl).toBe(
      `${apis().calendar.site.origin}/.well-known/oauth-protected-resource/calendar`,
    );
    expect(apis().strict.resource.metadataUrl).toBe(
      `${apis().strict.site.origin}/.well-known/oauth-protected-resource`,
    );
    const { status, headers, body } = await getJson(apis().calendar.resource.metadataUrl);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    expect([headers.get('cache-control'), headers.get('access-control-allow-origin')]).toEqual([
      'public, max-age=300',
      '*',
    ]);
    expect(body).toEqual({
      resource: apis().calendar.uri,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: ['events:read', 'events:write'],
      resource_name: 'Calendar',
      dpop_signing_alg_values_supported: proofAlgorithms,
    });
  });

  it('PRM-04 §3.2 has no empty members, and says when only bound tokens count', async () => {
    expect((await getJson(apis().strict.resource.metadataUrl)).body).toEqual({
      resource: apis().strict.uri,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: proofAlgorithms,
      dpop_bound_access_tokens_required: true,
    });
  });

  it.each(['calendar', 'urn:example:calendar', 'https://apis().calendar.example/#x', ''])(
    'PRM-01 %j cannot be a resource',
    (resource) => {
      expect(() => protectResource({ resource, issuer })).toThrow(TypeError);
    },
  );
});
