// What the only way out lets pass: no redirects, nothing inside our networks, no more bytes and no more time than allowed.

import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { type FetchFault, type FetchRequest, guardedFetch } from '../../src/trust/guarded-fetch.ts';
import { type Answer, loopbackFetch, startPartner } from './trust-partner.ts';

const asked: FetchRequest = { limit: 1000, accept: ['application/json'] };
const publicOnly = guardedFetch({ loopbackHttp: false, allow: [] });
const fault = (name: FetchFault) => ({ name: 'FetchRefused', fault: name });
const always = (answer: Answer) => startPartner(() => answer);

describe('a proper answer', () => {
  it('comes with status, headers and body', async () => {
    const { origin } = await always({ headers: { 'cache-control': 'max-age=5' }, body: '{"a":1}' });
    const answer = await loopbackFetch(`${origin}/x?y=1`, asked);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('max-age=5');
    expect(answer.body.toString()).toBe('{"a":1}');
  });

  it('answers exactly what was asked: method, path, headers, body, and no compression', async () => {
    const seen: unknown[] = [];
    const { origin, port } = await startPartner((request) => {
      const { host, accept, 'accept-encoding': encoding, 'x-own': own } = request.headers;
      seen.push(request.method, request.url, host, accept, encoding, own);
      request.on('data', (chunk) => seen.push(String(chunk)));
      request.on('end', () => seen.push('end'));
      return { body: '{}' };
    });
    const request = { ...asked, method: 'POST', headers: { 'x-own': 'yes' }, body: 'token=1' } as const;
    await loopbackFetch(`${origin}/ask?a=b`, request);
    await expect
      .poll(() => seen)
      .toEqual(['POST', '/ask?a=b', `127.0.0.1:${port}`, 'application/json', 'identity', 'yes', 'token=1', 'end']);
  });

  it('may be an error: its status is told, its page is not read', async () => {
    const { origin } = await always({ status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>gone' });
    expect(await loopbackFetch(origin, asked)).toMatchObject({ status: 404, body: Buffer.alloc(0) });
  });

  it('comes over one kept connection when asked again', async () => {
    const partner = await always({ body: '{}' });
    for (let i = 0; i < 3; i++) await loopbackFetch(partner.origin, asked);
    expect(partner.asked).toHaveLength(3);
    expect(partner.connections()).toBe(1);
  });
});

describe('oauth §6.5: an address is refused before it is parsed any further', () => {
  it.each([
    ['a line end', 'https://partner.example/\r\nx'],
    ['a tab inside the scheme', 'ht\ttps://partner.example/'],
    ['a space in front', ' https://partner.example/'],
    ['a no-break space', 'https://partner.example/\u00a0'],
    ['a NUL', 'https://partner.example/\0'],
    ['a backslash', 'https://partner.example\\@inside.example/'],
    ['a user name', 'https://user@partner.example/'],
    ['a user name and password', 'https://user:pass@partner.example/'],
    ['an empty user name', 'https://@partner.example/'],
    ['a fragment', 'https://partner.example/#x'],
    ['an empty fragment', 'https://partner.example/#'],
    ['another scheme', 'ftp://partner.example/'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:application/json,{}'],
    ['no authority', 'https:partner.example'],
    ['a third slash', 'https:///partner.example/'],
    ['no host at all', 'https://'],
    ['a port out of range', 'https://partner.example:99999/'],
    ['nothing', ''],
  ])('with %s', async (_, url) => {
    const reach = guardedFetch({ loopbackHttp: true, allow: [] }, () => Promise.reject(new Error('was looked up')));
    await expect(reach(url, asked)).rejects.toMatchObject(fault('url'));
  });

  it('with http, unless loopback may be reached by it', async () => {
    const partner = await always({ body: '{}' });
    await expect(publicOnly(partner.origin, asked)).rejects.toMatchObject(fault('url'));
    expect(partner.connections()).toBe(0);
    await loopbackFetch(partner.origin, asked);
    expect(partner.connections()).toBe(1);
  });

  it('with http to anybody but loopback, even a network that may be reached', async () => {
    const reach = guardedFetch({ loopbackHttp: true, allow: ['10.0.0.0/8'] });
    await expect(reach('http://10.0.0.5/', asked)).rejects.toMatchObject(fault('address'));
    await expect(reach('http://8.8.8.8/', asked)).rejects.toMatchObject(fault('address'));
  });
});

describe('oauth §6.5: nothing inside is reached', () => {
  it.each(['127.0.0.1', '[::1]', '0x7f.1', '2130706433', '017700000001', '[::ffff:127.0.0.1]', '0', 'localhost'])(
    'refuses %s before any connection',
    async (host) => {
      const partner = await always({ body: '{}' });
      await expect(publicOnly(`https://${host}:${partner.port}/`, asked)).rejects.toMatchObject(fault('address'));
      expect(partner.connections()).toBe(0);
      await loopbackFetch(partner.origin, asked);
      expect(partner.connections()).toBe(1);
    },
  );

  it.each([
    '10.0.0.5',
    '169.254.169.254',
    '192.168.1.1',
    '[fd00::1]',
    '[fe80::1]',
    '[64:ff9b::a00:5]',
    '[2002:a00:5::]',
  ])('refuses %s', (host) => expect(publicOnly(`https://${host}/`, asked)).rejects.toMatchObject(fault('address')));

  it('refuses a public address without a name', () =>
    expect(publicOnly('https://8.8.8.8/', asked)).rejects.toMatchObject(fault('address')));

  it.each([
    ['points inside', ['10.0.0.5']],
    ['points inside beside a public address', ['93.184.215.14', '10.0.0.5']],
    ['points to loopback', ['::1']],
    ['points inside by a mapped address', ['::ffff:10.0.0.5']],
  ])('refuses a name that %s', async (_, addresses) => {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const reach = guardedFetch({ loopbackHttp: false, allow: [] }, async () => found);
    await expect(reach('https://partner.example/', asked)).rejects.toMatchObject(fault('address'));
  });

  it('refuses loopback by another spelling even where loopback may be reached', () =>
    expect(loopbackFetch('http://[::ffff:127.0.0.1]/', asked)).rejects.toMatchObject(fault('address')));

  it('looks a name up once and connects to the address it has checked (DNS rebinding)', async () => {
    const partner = await startPartner((request) => ({ body: JSON.stringify(request.headers.host) }));
    const answers = [[{ address: '127.0.0.1', family: 4 }], [{ address: '10.0.0.5', family: 4 }]];
    const lookedUp: string[] = [];
    const reach = guardedFetch({ loopbackHttp: true, allow: [] }, async (host) => {
      lookedUp.push(host);
      return answers.shift() ?? [];
    });
    const url = `http://partner.example:${partner.port}/`;
    const answer = await reach(url, asked);
    expect(answer.body.toString()).toBe(`"partner.example:${partner.port}"`);
    expect(lookedUp).toEqual(['partner.example']);
    await expect(reach(url, asked)).rejects.toMatchObject(fault('address'));
    expect(partner.asked).toHaveLength(1);
  });

  it.each(['10.0.0.0/', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/8/8', '', '10.0.0', 'a b'])(
    'does not start with %j as a network that may be reached',
    (entry) => expect(() => guardedFetch({ loopbackHttp: false, allow: [entry] })).toThrow(RangeError),
  );
});

describe('oauth §6.5: an answer is bounded', () => {
  it.each([301, 302, 303, 304, 307, 308])('refuses a redirect with %i', async (status) => {
    const partner = await startPartner(({ url }) =>
      url === '/there' ? { body: '{}' } : { status, headers: { location: '/there' } },
    );
    await expect(loopbackFetch(`${partner.origin}/here`, asked)).rejects.toMatchObject(fault('redirect'));
    expect(partner.asked).toEqual(['/here']);
  });

  it('gives up on a server that never answers', async () => {
    const { origin } = await startPartner(() => undefined);
    await expect(loopbackFetch(origin, { ...asked, timeoutMs: 40 })).rejects.toMatchObject(fault('timeout'));
  });

  it('gives up on a server that never ends', async () => {
    const { origin } = await startPartner((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
      return undefined;
    });
    await expect(loopbackFetch(origin, { ...asked, timeoutMs: 40 })).rejects.toMatchObject(fault('timeout'));
  });

  it('gives up on a name server that never answers', async () => {
    const reach = guardedFetch({ loopbackHttp: false, allow: [] }, () => new Promise(() => undefined));
    const request = { ...asked, timeoutMs: 40 };
    await expect(reach('https://partner.example/', request)).rejects.toMatchObject(fault('timeout'));
  });

  it.each([
    ['says so', true],
    ['does not say so', false],
  ])('stops reading 10 MB of a server that %s', async (_, saysSo) => {
    const whole = 10 * 1024 * 1024;
    let sent = 0;
    const { origin } = await startPartner((__, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        ...(saysSo && { 'content-length': String(whole) }),
      });
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const more = () => {
        while (sent < whole && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return response.once('drain', more);
        }
        return response.end();
      };
      more();
      return undefined;
    });
    await expect(loopbackFetch(origin, asked)).rejects.toMatchObject(fault('too_large'));
    expect(sent).toBeLessThan(whole);
  });

  it('takes an answer of exactly the limit, and not one byte more', async () => {
    const { origin } = await startPartner(({ url }) => ({ body: ' '.repeat(Number(url?.slice(1))) }));
    expect((await loopbackFetch(`${origin}/1000`, asked)).body).toHaveLength(1000);
    await expect(loopbackFetch(`${origin}/1001`, asked)).rejects.toMatchObject(fault('too_large'));
  });

  it.each([
    ['HTML', 'text/html'],
    ['JSON of another kind', 'application/jwk-set+json'],
    ['two types', 'application/json, text/html'],
    ['no type', ''],
  ])('refuses an answer of %s', async (_, type) => {
    const { origin } = await always({ headers: { 'content-type': type }, body: '{}' });
    await expect(loopbackFetch(origin, asked)).rejects.toMatchObject(fault('media_type'));
  });

  it('takes a media type in any case and with parameters', async () => {
    const { origin } = await always({ headers: { 'content-type': 'Application/JSON; charset=UTF-8' }, body: '{}' });
    expect((await loopbackFetch(origin, asked)).body.toString()).toBe('{}');
  });

  it('refuses a compressed answer', async () => {
    const { origin } = await startPartner((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync('{}'));
      return undefined;
    });
    await expect(loopbackFetch(origin, asked)).rejects.toMatchObject(fault('media_type'));
  });
});

describe('a partner that is slow', () => {
  it('holds so many of us and no more; others are answered meanwhile, and it is again when it recovers', async () => {
    const held: ServerResponse[] = [];
    const slow = await startPartner((_, response) => void held.push(response));
    const quick = await always({ body: '{}' });
    const reach = guardedFetch({ loopbackHttp: true, allow: [] });
    const waiting = Array.from({ length: limits.fetchesPerHost }, () => reach(slow.origin, asked));
    await expect.poll(() => held.length).toBe(limits.fetchConnections);
    await expect(reach(slow.origin, asked)).rejects.toMatchObject(fault('busy'));
    for (let i = 0; i < 3; i++) expect(await reach(quick.origin, asked)).toMatchObject({ status: 200 });
    expect(slow.connections()).toBe(limits.fetchConnections);

    const recover = (response: ServerResponse) => response.setHeader('content-type', 'application/json').end('{}');
    let ended = 0;
    const all = Promise.all(waiting).finally(() => {
      ended = waiting.length;
    });
    await expect
      .poll(() => {
        for (const response of held.splice(0)) recover(response);
        return ended;
      })
      .toBe(waiting.length);
    for (const answer of await all) expect(answer.status).toBe(200);
    const again = reach(slow.origin, asked);
    await expect.poll(() => held.length).toBe(1);
    for (const response of held.splice(0)) recover(response);
    expect(await again).toMatchObject({ status: 200 });
  });

  it('frees what it held when the time is over', async () => {
    const slow = await startPartner(() => undefined);
    const reach = guardedFetch({ loopbackHttp: true, allow: [] });
    const request = { ...asked, timeoutMs: 40 };
    const first = Array.from({ length: limits.fetchesPerHost }, () => reach(slow.origin, request));
    await expect(reach(slow.origin, request)).rejects.toMatchObject(fault('busy'));
    for (const one of await Promise.allSettled(first)) expect(one).toMatchObject({ reason: fault('timeout') });
    await expect(reach(slow.origin, request)).rejects.toMatchObject(fault('timeout'));
  });

  it('is looked up once by all who wait: lookups that hang take the few threads there are for all names', async () => {
    const lookedUp: string[] = [];
    const reach = guardedFetch({ loopbackHttp: false, allow: [] }, (host) => {
      lookedUp.push(host);
      return new Promise(() => {});
    });
    const request = { ...asked, timeoutMs: 40 };
    const waiting = [1, 2, 3].map((path) => reach(`https://slow.example/${path}`, request));
    const other = reach('https://other.example/', request);
    for (const one of await Promise.allSettled([...waiting, other]))
      expect(one).toMatchObject({ reason: fault('timeout') });
    expect(lookedUp).toEqual(['slow.example', 'other.example']);
  });
});

describe('a connection that fails', () => {
  it('is told with the place, without the query', async () => {
    const reach = guardedFetch({ loopbackHttp: true, allow: [] });
    const failing = reach('http://127.0.0.1:1/path?secret=1', asked);
    await expect(failing).rejects.toMatchObject(fault('connection'));
    await expect(failing).rejects.toThrow(/^GET http:\/\/127\.0\.0\.1:1\/path: [^?]*ECONNREFUSED/);
  });

  it('is told when it breaks in the middle of the body', async () => {
    const { origin } = await startPartner((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"secret":', () => response.destroy());
      return undefined;
    });
    const failing = loopbackFetch(origin, asked);
    await expect(failing).rejects.toMatchObject(fault('connection'));
    await expect(failing).rejects.not.toThrow(/secret/);
  });

  it('is told when the server goes over to another protocol', async () => {
    const { origin } = await startPartner(({ socket }) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n');
      return undefined;
    });
    await expect(loopbackFetch(origin, asked)).rejects.toMatchObject(fault('connection'));
  });

  it('is told with its reason when a host has several addresses', async () => {
    const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
    const reach = guardedFetch({ loopbackHttp: true, allow: [] }, () => Promise.resolve(addresses));
    const failing = reach('http://partner.example:1/', asked);
    await expect(failing).rejects.toMatchObject(fault('connection'));
    await expect(failing).rejects.toThrow(/ECONNREFUSED/);
  });

  it('is told when a name does not exist', async () => {
    const reach = guardedFetch({ loopbackHttp: false, allow: [] }, () =>
      Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
    );
    await expect(reach('https://partner.example/', asked)).rejects.toMatchObject(fault('connection'));
  });

  it('does not hide a bug', async () => {
    const reach = guardedFetch({ loopbackHttp: false, allow: [] }, () => Promise.reject(new TypeError('a bug')));
    await expect(reach('https://partner.example/', asked)).rejects.toThrow(TypeError);
  });
});
