// What the driver throws becomes what an operator can act on; what is our own mistake stays as it is.

import { DrizzleQueryError } from 'drizzle-orm/errors';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { isConnectionLost, isWorthRetrying, translateFailure } from '../../src/store/postgres/failure.ts';
import { StoreUnavailable } from '../../src/store/store.ts';

const place = 'postgres://broker@db:5432/crossgrant';
const fromServer = (code: string) => Object.assign(new DatabaseError('said by the server', 0, 'error'), { code });
const withCode = (code: string, message = 'said by the system') => Object.assign(new Error(message), { code });

describe('a failure', () => {
  it.each<[Error, RegExp]>([
    [fromServer('28P01'), /see user and password/],
    [fromServer('53300'), /max_connections/],
    [fromServer('53100'), /has no room left/],
    [fromServer('57014'), /took too long/],
    [fromServer('3F000'), /crossgrant migrate/],
    [fromServer('XX001'), /restore a backup/],
    [withCode('ENOTFOUND'), /no such host/],
    [withCode('CERT_HAS_EXPIRED'), /has expired/],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), /for another host/],
    [withCode('CERT_SIGNATURE_FAILURE'), /authority we do not know/],
    [new Error('There was an error establishing an SSL connection'), /host and port right/],
    [new Error('timeout exceeded when trying to connect'), /did not answer in time/],
  ])('of the server or the way there says what to do: %o', (error, advice) => {
    const translated = translateFailure(error, place);
    expect(translated).toBeInstanceOf(StoreUnavailable);
    expect(String(translated)).toContain(place);
    expect(String(translated)).toMatch(advice);
  });

  it.each([
    fromServer('57P01'),
    fromServer('08006'),
    fromServer('25P03'),
    // Node says so when the other side hung up before we wrote: without `syscall`.
    withCode('EPIPE', 'This socket has been ended by the other party'),
    withCode('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed'),
    Object.assign(withCode('ECONNRESET', 'read ECONNRESET'), { syscall: 'read' }),
    new Error('Connection terminated unexpectedly'),
    new Error('Client has encountered a connection error and is not queryable'),
    new Error('Received unexpected commandComplete message from backend.'),
    new Error('Query read timeout'),
  ])('of the connection is known as one, so that another is made: %o', (error) => {
    expect(isConnectionLost(error)).toBe(true);
    expect(translateFailure(error, place)).toBeInstanceOf(StoreUnavailable);
  });

  it.each(['40001', '40P01', '55P03'])('because of others is worth another try: %s', (code) => {
    expect(isWorthRetrying(fromServer(code))).toBe(true);
    expect(isConnectionLost(fromServer(code))).toBe(false);
  });

  it.each([fromServer('23505'), fromServer('42601'), new TypeError('undefined is not a function')])(
    'of our own stays as it is: %o',
    (error) => {
      expect(translateFailure(error, place)).toBe(error);
      expect(isConnectionLost(error) || isWorthRetrying(error)).toBe(false);
    },
  );

  it('never quotes the parameters of a query', () => {
    const wrapped = new DrizzleQueryError('SELECT $1', ['hunter2'], fromServer('57014'));
    expect(String(translateFailure(wrapped, place))).not.toContain('hunter2');
    const ours = translateFailure(new DrizzleQueryError('SELECT $1', ['hunter2'], fromServer('23505')), place);
    expect(String(ours)).not.toContain('hunter2');
  });
});
