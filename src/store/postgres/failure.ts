// Tells what went wrong with the database server, and what an operator does about it; never with the password.

import { DrizzleQueryError } from 'drizzle-orm/errors';
import { DatabaseError } from 'pg';
import { StoreUnavailable } from '../store.ts';

/** By SQLSTATE, or by its class (the first two characters). */
const remedies: Readonly<Record<string, string>> = {
  '08': 'the connection broke; it is made again',
  '0A': 'it cannot do what we need: is it PostgreSQL 13 or newer, and no standby?',
  '25006': 'it takes no writes: is it a standby, or `default_transaction_read_only` on? Name the primary in `store`',
  '25P03': 'this process stopped inside a transaction; the transaction was undone',
  '28': 'it does not let us in: see user and password in `store`, and pg_hba.conf',
  '3D': 'the database does not exist: create it, or name another one in `store`',
  '40': 'others write the same rows again and again',
  '42501': 'the role may not do that: make it the owner of the schema crossgrant, or see its grants',
  '3F': 'its tables are not there: run crossgrant migrate, or restore a backup',
  '42P01': 'its tables are not there: run crossgrant migrate, or restore a backup',
  '53': 'it has no room left: see its disk, its memory and max_connections, or lower `store.connections`',
  '55P03': 'another process holds what we need: end it if it is stuck',
  '55': 'it cannot do that in the state it is in: is it a standby?',
  '57014': 'it took too long: see its load and its disk',
  '57': 'it is stopping or starting; the connection is made again',
  '58': 'the machine it runs on reports errors: see its log',
  XX: 'it reports damage or a bug of its own: see its log, keep a copy, restore a backup',
};

/** Of the system and of TLS, by `code`. */
const networkRemedies: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there: is the server running, and host and port right?',
  ENOENT: 'there is no such socket: is the server running, and the folder right?',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name cannot be looked up now: see the resolver',
  EACCES: 'this user may not use the socket',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host: connect by the name in the certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate signs itself: name it in `store.ca`',
};

/** The other things that can be wrong with a certificate. */
const certificateCodes = /^(CERT_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_)/;

/** Written to after the other side hung up, before we noticed. */
const streamCodes = /^(EPIPE|ERR_STREAM_)/;

/** The driver's own words, which have no code. */
const driverRemedies: readonly (readonly [RegExp, string])[] = [
  [
    /There was an error establishing an SSL connection/,
    'it does not answer as PostgreSQL does: are host and port right?',
  ],
  [/does not support SSL/, 'it has no TLS: switch `ssl` on there, or write sslmode=disable where the network is safe'],
  [/password must be a/, 'it asks for a password: give the URL as { url: { env: … } } or { file: … }'],
  [
    /timeout exceeded when trying to connect|timeout expired/,
    'it did not answer in time, or all our connections are in use',
  ],
  [/Cannot use a pool after calling end/, 'the store is closed'],
  [/Query read timeout/, 'it did not answer in time'],
  [
    /Connection terminated|Received unexpected|Client was closed|connection error and is not queryable|Connection ended/,
    'the connection broke; it is made again',
  ],
];

/** What the driver threw, without drizzle's wrapping, whose message quotes parameters. */
export function unwrap(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? (error.cause ?? error) : error;
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/**
 * Turns what was thrown for the state of the server into StoreUnavailable; anything else is a bug and stays as it is.
 * `place` names the database without its password.
 */
export function translateFailure(thrown: unknown, place: string): unknown {
  const error = unwrap(thrown);
  if (!(error instanceof Error) || error instanceof StoreUnavailable) return error;
  const remedy = remedyFor(error);
  if (remedy === undefined) return error;
  const code = codeOf(error);
  return new StoreUnavailable(`${place}: ${code === '' ? '' : `${code} `}(${error.message}): ${remedy}`, {
    cause: error,
  });
}

function remedyFor(error: Error): string | undefined {
  const code = codeOf(error);
  if (error instanceof DatabaseError) return remedies[code] ?? remedies[code.slice(0, 2)];
  if (code !== '' && networkRemedies[code] !== undefined) return networkRemedies[code];
  if (certificateCodes.test(code))
    return 'its certificate comes from an authority we do not know: name that in `store.ca`';
  if (streamCodes.test(code)) return 'the connection broke; it is made again';
  if ('syscall' in error) return 'the network does not carry us there; the connection is made again';
  return driverRemedies.find(([words]) => words.test(error.message))?.[1];
}

/** True when the connection is gone or going, so that only another one helps. */
export function isConnectionLost(thrown: unknown): boolean {
  const error = unwrap(thrown);
  if (error instanceof DatabaseError) return /^(08|57P|25P03)/.test(codeOf(error));
  return error instanceof Error && !(error instanceof StoreUnavailable) && remedyFor(error) !== undefined;
}

/**
 * True when the server undid the transaction because of others, and it may do when it is run again: a deadlock, a serialization
 * failure, or a lock that was not to be had, perhaps of our own connection that broke and that the server still believes in.
 */
export function isWorthRetrying(error: unknown): boolean {
  return /^(40|55P03)/.test(codeOf(unwrap(error)));
}

/** Runs `work` with its failures translated. */
export async function withFailures<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw translateFailure(error, place);
  }
}
