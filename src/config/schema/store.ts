// Where we keep what must not be forgotten: an SQLite file, or a PostgreSQL database that many processes share.

import { z } from 'zod';
import { secretReference } from '../../trust/references.ts';
import { readPostgresUrl } from '../postgres-url.ts';

const isPostgres = (text: string) => /^postgres(ql)?:/.test(text);

/** Without a password: a configuration is shown to reviewers. */
const openUrl = z.string().superRefine((text, context) => {
  const message = urlFault(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

function urlFault(text: string): string | undefined {
  const read = readPostgresUrl(text);
  if ('fault' in read) return read.fault;
  return read.password === ''
    ? undefined
    : 'carries a password; write store: { url: { env: NAME } } or { url: { file: path } }';
}

const place = z.string().superRefine((text, context) => {
  const message = isPostgres(text) ? urlFault(text) : pathFault(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

function pathFault(text: string): string | undefined {
  if (/^sqlite:(?!\/\/)./.test(text)) return undefined;
  return 'must be sqlite:<path>, such as sqlite:./crossgrant.db, or postgres://user@host:port/database';
}

const database = z.strictObject({
  url: z
    .union([openUrl, secretReference], {
      error: 'must be postgres://user@host:port/database, { env: NAME } or { file: path }',
    })
    .describe(
      '`postgres://user@host:port/database`; with a password only as a secret. TLS unless the host is this machine, or `?sslmode=disable`',
    ),
  connections: z
    .int()
    .min(3)
    .max(1000)
    .default(10)
    .describe('Connections each process opens at most: one writes, one listens, the others read'),
  ca: z
    .strictObject({ file: z.string().min(1).describe('PEM file, relative to this one') })
    .optional()
    .describe('The authorities that may vouch for the database server, instead of those of the system'),
});

export const store = z
  .union([place, database])
  .describe('`sqlite:` and a path relative to this file, or a PostgreSQL database (13 or newer)');
export type StoreConfig = z.infer<typeof store>;
