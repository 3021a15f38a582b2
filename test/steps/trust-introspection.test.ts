// RFC 7662 from the side of who asks: how the question looks, which answers count, and for how long.

import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/jose/json.ts';
import type { GuardedFetch } from '../../src/trust/guarded-fetch.ts';
import { IntrospectionUnavailable, introspect } from '../../src/trust/introspection.ts';
import { cachedIntrospection } from '../../src/trust/introspection-cache.ts';
import { type Answer, loopbackFetch, startPartner } from './trust-partner.ts';

const token = 'opaque-7Zf+/=';
const secret = 's3cret: +%/ü';
const credentials = { clientId: 'wiki:app', secret, method: 'client_secret_basic' } as const;

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

describe('RFC 7662 §2.1: the question', () => {
  it.each([
    ['client_secret_basic', 'wiki%3Aapp:s3cret%3A+%2B%25%2F%C3%BC', { token }],
    ['client_secret_post', undefined, { token, client_id: 'wiki:app', client_secret: secret }],
  ] as const)('is a form with the credentials of %s (RFC 6749 §2.3.1)', async (method, basic, form) => {
    const heard: { request: IncomingMessage; text: string }[] = [];
    const { origin } = await startPartner((request, response) => {
      void textOf(request).then((text) => {
        heard.push({ request, text });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"active":true,"sub":"u1"}');
      });
      return undefined;
    });
    const asked = {
      endpoint: `${origin}/introspect`,
      credentials: { ...credentials, method },
      fetch: loopbackFetch,
      now: Date.now,
    };
    expect(await introspect(token, asked)).toEqual({ active: true, sub: 'u1' });

    const [first] = heard;
    const { authorization, accept, 'content-type': type } = first?.request.headers ?? {};
    expect(first?.request.method).toBe('POST');
    expect(type).toBe('application/x-www-form-urlencoded');
    expect(accept).toBe('application/json');
    expect(authorization && Buffer.from(authorization.slice('Basic '.length), 'base64').toString()).toBe(basic);
    const sent = Object.fromEntries(new URLSearchParams(first?.text));
    expect(sent).toEqual({ ...form, token_type_hint: 'access_token' });
  });
});

describe('RFC 7662 §2.2: the answer', () => {
  const answered = async (answer: Answer | undefined, fetch: GuardedFetch = loopbackFetch) => {
    const { origin } = await startPartner(() => answer);
    return introspect(token, { endpoint: origin, credentials, fetch, now: Date.now });
  };

  it('may be that the token is not active', async () => {
    expect(await answered({ body: '{"active":false}' })).toEqual({ active: false });
  });

  it.each<[string, Answer]>([
    ['a refusal of our credentials', { status: 401, body: '{"error":"invalid_client"}' }],
    ['a failure', { status: 500, body: '{"active":true}' }],
    ['a redirect', { status: 307, headers: { location: '/login' } }],
    ['a page', { headers: { 'content-type': 'text/html' }, body: '{"active":true}' }],
    ['a JWT (RFC 9701)', { headers: { 'content-type': 'application/token-introspection+jwt' }, body: 'e30.e30.' }],
    ['a list', { body: '[{"active":true}]' }],
    ['cut short', { body: '{"active":true' }],
    ['without active', { body: '{"sub":"u1"}' }],
    ['active in words', { body: '{"active":"true"}' }],
    ['active twice', { body: '{"active":false,"active":true}' }],
    ['too large', { body: `{"active":true,"x":"${'x'.repeat(70_000)}"}` }],
  ])('says nothing of the token when it is %s', async (_, answer) => {
    const failing = answered(answer);
    await expect(failing).rejects.toThrow(IntrospectionUnavailable);
    await failing.catch((error: Error) => {
      expect(String(error.cause) + error.message).not.toContain('opaque');
      expect(String(error.cause) + error.message).not.toContain('s3cret');
    });
  });

  it('is not waited for without end', async () => {
    const hasty: GuardedFetch = (url, request) => loopbackFetch(url, { ...request, timeoutMs: 40 });
    await expect(answered(undefined, hasty)).rejects.toThrow(IntrospectionUnavailable);
  });
});

describe('RFC 7662 §4: an answer is remembered for a moment', () => {
  const start = 1_800_000_000;

  function remembering(answer: (token: string) => JsonObject | Promise<JsonObject>, maxEntries = 10) {
    const clock = { seconds: start };
    const asked: string[] = [];
    const ask = async (about: string) => {
      asked.push(about);
      return answer(about);
    };
    return { clock, asked, about: cachedIntrospection({ ask, ttl: 5, now: () => clock.seconds * 1000, maxEntries }) };
  }

  it('when active, until its time is over', async () => {
    const { clock, asked, about } = remembering((sub) => ({ active: true, sub }));
    expect(await about('a')).toEqual({ active: true, sub: 'a' });
    clock.seconds += 4.999;
    expect(await about('a')).toEqual({ active: true, sub: 'a' });
    expect(await about('b')).toEqual({ active: true, sub: 'b' });
    expect(asked).toEqual(['a', 'b']);
    clock.seconds = start + 5;
    await about('a');
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('when active, but not past its exp', async () => {
    const { clock, asked, about } = remembering(() => ({ active: true, exp: start + 2 }));
    await about('a');
    clock.seconds += 1;
    await about('a');
    expect(asked).toHaveLength(1);
    clock.seconds += 1;
    await about('a');
    expect(asked).toHaveLength(2);
  });

  it('counts from the question, not from the answer', async () => {
    const { clock, asked, about } = remembering(() => {
      clock.seconds += 3;
      return { active: true };
    });
    await about('a');
    clock.seconds += 2;
    await about('a');
    expect(asked).toHaveLength(2);
  });

  it('never when inactive or failed', async () => {
    const answers = [{ active: false }, new IntrospectionUnavailable('down', 'nothing came'), { active: true }];
    const { asked, about } = remembering(() => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? {};
    });
    expect(await about('a')).toEqual({ active: false });
    await expect(about('a')).rejects.toThrow(IntrospectionUnavailable);
    expect(await about('a')).toEqual({ active: true });
    expect(asked).toHaveLength(3);
  });

  it('never when asking fails at once', async () => {
    let asked = 0;
    const ask = (): never => {
      asked++;
      throw new IntrospectionUnavailable('down', 'nothing came');
    };
    const about = cachedIntrospection({ ask, ttl: 5, now: () => start * 1000, maxEntries: 10 });
    await expect(about('a')).rejects.toThrow(IntrospectionUnavailable);
    await expect(about('a')).rejects.toThrow(IntrospectionUnavailable);
    expect(asked).toBe(2);
  });

  it('and shared by those who ask at the same time, also when it fails', async () => {
    const answers: (() => void)[] = [];
    const { asked, about } = remembering(
      (which) =>
        new Promise((resolve, reject) => {
          answers.push(() => (which === 'good' ? resolve({ active: false }) : reject(new Error('down'))));
        }),
    );
    const good = Array.from({ length: 10 }, () => about('good'));
    const bad = Promise.allSettled(Array.from({ length: 10 }, () => about('bad')));
    expect(asked).toEqual(['good', 'bad']);
    for (const answer of answers) answer();
    expect(await Promise.all(good)).toEqual(Array(10).fill({ active: false }));
    expect((await bad).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('for so many tokens and no more: the oldest goes', async () => {
    const { asked, about } = remembering(() => ({ active: true }), 2);
    for (const each of ['a', 'b', 'c']) await about(each);
    await about('b');
    await about('c');
    expect(asked).toEqual(['a', 'b', 'c']);
    await about('a');
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });
});
