// What the log says of each request, and what it cannot say: whatever is handed to it, no line tells a token, secret or key.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/broker.ts';
import { openLog } from '../../src/observe/log.ts';
import { limits } from '../../src/protocol/limits.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { craftJwt } from '../../src/testkit/tokens.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import { openWorld } from '../support/http.ts';

/** A log that remembers its lines; `second` ends the second. */
function memoryLog(level: Parameters<typeof openLog>[0] = 'debug') {
  const text: string[] = [];
  let end = () => {};
  const log = openLog(level, null, {
    stream: { write: (line) => void text.push(line) },
    later: (work) => {
      end = work;
    },
  });
  const lines = () => text.map((line): Readonly<Record<string, unknown>> => JSON.parse(line));
  return { log, text, lines, second: () => end() };
}

const key = testKey();
const token = craftJwt({ typ: 'JWT' }, { sub: 'alice', iss: 'https://login.acme.example' }, key);

/** Fields that no type of ours would let through, as a mistake or a library might bring them. */
const sayAnything = (log: Log, fields: object, message = 'something') => log.error(fields, message);

describe('a line', () => {
  it('has only fields that are on the list', () => {
    const { log, lines } = memoryLog();
    sayAnything(log, {
      trace: 'f00',
      client_secret: 'hunter2',
      headers: { authorization: 'Basic aHVudGVyMg==' },
      token,
    });
    expect(lines()).toEqual([{ level: 'error', time: expect.any(String), trace: 'f00', msg: 'something' }]);
  });

  it('for all inputs: a token is not told, whichever field or depth it is in', () => {
    const fields = [
      'trace',
      'client',
      'domain',
      'rule',
      'expected',
      'received',
      'at',
      'settings',
      'hint',
      'err',
      'any',
    ];
    const wrapped = fc.oneof(
      fc.constant(token),
      fc.string().map((text) => `${text}${token}${text}`),
      fc.constant([token]),
      fc.constant({ deep: { deeper: token } }),
      fc.constant(new Error(token)),
      fc.constant(new Error('outer', { cause: new Error(`inner ${token}`) })),
      fc.constant(Object.assign(new Error('refused'), { config: { headers: { authorization: `Bearer ${token}` } } })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...fields), wrapped, fc.boolean(), (field, value, inMessage) => {
        const { log, text } = memoryLog();
        sayAnything(log, { [field]: value }, inMessage ? `it said ${token}` : 'something');
        const [, payload = '', signature = ''] = token.split('.');
        expect(text.join('')).not.toContain(payload);
        expect(text.join('')).not.toContain(signature);
      }),
    );
  });

  it('tells an error by name, code, message and stack, its causes too, and nothing that hangs on it', () => {
    const { log, lines } = memoryLog();
    const cause = Object.assign(new Error('disk full'), { code: 'SQLITE_FULL', bytes: Buffer.from(token) });
    log.error({ err: Object.assign(new TypeError('no commit', { cause }), { request: { body: token } }) }, 'failed');
    expect(lines()).toMatchObject([
      {
        err: {
          name: 'TypeError',
          message: 'no commit',
          stack: expect.stringMatching(/^\s+at .*logs\.test/),
          cause: { name: 'Error', code: 'SQLITE_FULL', message: 'disk full' },
        },
      },
    ]);
    expect(Object.keys(Object(lines()[0]?.['err']))).toEqual(['name', 'message', 'stack', 'cause']);
  });

  it('does not end in a circle of causes', () => {
    const { log, lines } = memoryLog();
    const circle = new Error('round');
    circle.cause = circle;
    log.error({ err: circle }, 'failed');
    expect(lines()).toHaveLength(1);
  });

  it('tells neither the password of a database nor a private key that a message quotes', () => {
    const { log, text } = memoryLog();
    log.error({ err: new Error('connect postgres://broker:hunter2@db.acme.example/broker refused') }, 'failed');
    log.error({ err: new Error(`unusable: ${JSON.stringify(key.privateJwk)}`) }, 'failed');
    expect(text.join('')).toContain('//(credentials)@db.acme.example/broker');
    expect(text.join('')).not.toContain('hunter2');
    expect(text.join('')).not.toContain(key.privateJwk['d']);
  });

  it('attack: a stranger writes lines of his own, or moves the cursor of who reads', () => {
    const { log, text } = memoryLog();
    log.info(
      { client: 'x\n{"level":"error","msg":"the store is gone"}\u001b[2J', received: '\u202egnp.exe' },
      'refused',
    );
    expect(text).toHaveLength(1);
    expect(text[0]?.trimEnd()).not.toMatch(/\n|\\n|\\u001b|\u202e/);
  });

  it('attack: a word as long as a request does not keep the process busy looking for a token in it', () => {
    const { log, lines } = memoryLog();
    // Each took eight seconds when every letter was tried as the first one of a token.
    for (const word of ['x', 'eyJ', 'a.', 'aaaaaaaaaa.', 'eyJaaaaaaaaaa.bbbbbbbbbb.'].map((part) =>
      part.repeat(65_536),
    )) {
      for (let times = 0; times < 5; times += 1) log.error({ received: word, err: new Error(word) }, word);
    }
    expect(lines().length).toBe(25);
  });
});

describe('a flood', () => {
  it('of lines that say the same is cut, and what was left out is counted', () => {
    const { log, lines, second } = memoryLog();
    for (let at = 0; at < limits.logRepeats + 980; at += 1)
      log.info({ client: `c${at}`, reason: 'client.unknown' }, 'refused');
    log.info({ client: 'agent', reason: 'grant.expired' }, 'refused');
    expect(lines()).toHaveLength(limits.logRepeats + 1);
    second();
    expect(lines().at(-1)).toMatchObject({ level: 'info', reason: 'client.unknown', suppressed: 980, msg: 'refused' });
    log.info({ client: 'c', reason: 'client.unknown' }, 'refused');
    expect(lines().at(-1)).toMatchObject({ client: 'c' });
  });

  it('says nothing about lines of which none was left out', () => {
    const { log, lines, second } = memoryLog();
    log.warn({}, 'once');
    second();
    expect(lines()).toHaveLength(1);
  });
});

describe('of requests', () => {
  it('a refusal tells trace, action, client, domain, reason and how long it took', async () => {
    const { log, lines } = memoryLog('info');
    const domains = await trustDomains({ log });
    const { headers } = await domains.home.token({ grant_type: 'password', client_id: 'mallory' });
    expect(lines()).toMatchObject([
      {
        level: 'info',
        msg: 'refused',
        trace: headers.get('crossgrant-trace-id'),
        action: 'token',
        client: null,
        domain: null,
        reason: 'grant_type.unsupported',
        ms: expect.any(Number),
      },
    ]);
    await domains.stop();
  });

  it('a grant is told to who wants to read everything, and costs nobody else anything', async () => {
    const { log, lines } = memoryLog('debug');
    expect(memoryLog('info').log).not.toHaveProperty('debug');
    const world = await openWorld({ log });
    await world.accessToken();
    expect(lines()).toMatchObject([
      { level: 'debug', msg: 'granted', action: 'jwt-bearer', client: names.agentAtContoso, domain: 'acme' },
    ]);
    await world.stop();
  });
});
