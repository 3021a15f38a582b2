// Where metadata lies for an identifier, with and without path, slash and query.

import { describe, expect, it } from 'vitest';
import { appendWellKnown, insertResourceWellKnown, insertWellKnown } from '../../src/trust/well-known.ts';

describe('RFC 8414 §3.1: between host and path', () => {
  it.each([
    ['https://b.example', 'https://b.example/.well-known/oauth-authorization-server'],
    ['https://b.example/', 'https://b.example/.well-known/oauth-authorization-server'],
    ['https://b.example/t1', 'https://b.example/.well-known/oauth-authorization-server/t1'],
    ['https://b.example/t1/', 'https://b.example/.well-known/oauth-authorization-server/t1'],
    ['https://b.example/t1//', 'https://b.example/.well-known/oauth-authorization-server/t1/'],
    ['https://b.example:8443/a/B%2f', 'https://b.example:8443/.well-known/oauth-authorization-server/a/B%2f'],
    ['http://127.0.0.1:8700', 'http://127.0.0.1:8700/.well-known/oauth-authorization-server'],
  ])('%s', (issuer, place) => expect(insertWellKnown(issuer, 'oauth-authorization-server')).toBe(place));
});

describe('OpenID Connect Discovery §4: behind the path', () => {
  it.each([
    ['https://b.example', 'https://b.example/.well-known/openid-configuration'],
    ['https://b.example/', 'https://b.example/.well-known/openid-configuration'],
    ['https://b.example/t1', 'https://b.example/t1/.well-known/openid-configuration'],
    ['https://b.example/t1/', 'https://b.example/t1/.well-known/openid-configuration'],
  ])('%s', (issuer, place) => expect(appendWellKnown(issuer, 'openid-configuration')).toBe(place));
});

describe('RFC 9728 §3.1: between host and path or query, which stay as they are', () => {
  it.each([
    ['https://b.example', 'https://b.example/.well-known/oauth-protected-resource'],
    ['https://b.example/', 'https://b.example/.well-known/oauth-protected-resource'],
    ['https://b.example/t1', 'https://b.example/.well-known/oauth-protected-resource/t1'],
    ['https://b.example/t1/', 'https://b.example/.well-known/oauth-protected-resource/t1/'],
    ['https://b.example/?x=1', 'https://b.example/.well-known/oauth-protected-resource?x=1'],
    ['https://b.example?x=1', 'https://b.example/.well-known/oauth-protected-resource?x=1'],
    ['https://b.example/t1?x=/1', 'https://b.example/.well-known/oauth-protected-resource/t1?x=/1'],
  ])('%s', (resource, place) => expect(insertResourceWellKnown(resource, 'oauth-protected-resource')).toBe(place));
});

describe('RFC 8414 §2: what is no identifier has no place', () => {
  it.each(['https://b.example/#x', 'b.example', 'urn:b', 'https://', 'https:///t1', 'https://b.example/?x', ''])(
    'issuer %j',
    (issuer) => {
      expect(() => insertWellKnown(issuer, 'oauth-authorization-server')).toThrow(TypeError);
      expect(() => appendWellKnown(issuer, 'openid-configuration')).toThrow(TypeError);
    },
  );

  it('resource with a fragment', () => {
    expect(() => insertResourceWellKnown('https://b.example/#x', 'oauth-protected-resource')).toThrow(TypeError);
  });
});
