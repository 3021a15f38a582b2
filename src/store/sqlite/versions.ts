// Versions of the configuration: the number is the lock, since one process writes at a time.

import { desc, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import { joinFiles, splitFiles } from '../version-files.ts';
import type { ConfigVersion, Versions } from '../versions.ts';
import type { Parts } from './parts.ts';
import { command, db, p, reading, statementsOn } from './statement.ts';
import { configFile, configVersion } from './tables.ts';

export function openVersions({ client, act, chain, read }: Parts): Versions {
  const statements = statementsOn(client, history);
  const newest = () => statements.list.get({ limit: 1 })?.version ?? null;
  const find = (version: number | null): ConfigVersion | undefined => {
    const row = statements.find.get({ version });
    if (row === undefined) return undefined;
    const texts = new Map(statements.texts.all({ version }).map(({ digest, text }) => [digest, text]));
    return { ...row, files: joinFiles({ manifest: row.files, texts }) };
  };

  return {
    addVersion({ files, ...entry }, expectedCurrent, record) {
      const { manifest, texts } = splitFiles(files);
      return act(() => {
        const current = newest();
        if (current !== expectedCurrent) return undefined;
        const version = (current ?? 0) + 1;
        for (const [digest, text] of texts) statements.keepText.run({ digest, text });
        statements.insert.run({ ...entry, version, files: manifest });
        chain.append(record);
        return version;
      });
    },
    currentVersion: () => read(() => find(newest())),
    findVersion: (version) => read(() => find(version)),
    listVersions: (limit) => read(() => statements.list.all({ limit })),
  };
}

const { files, ...entryColumns } = getTableColumns(configVersion);
const { version } = configVersion;
const isWanted = eq(version, p('version'));

const history = {
  insert: command(() =>
    db.insert(configVersion).values({
      version: p('version'),
      at: p('at'),
      author: p('author'),
      note: p('note'),
      digest: p('digest'),
      files: p('files'),
    }),
  ),
  find: reading(getTableColumns(configVersion), () => db.select().from(configVersion).where(isWanted)),
  /** Newest first. */
  list: reading(entryColumns, () =>
    db.select(entryColumns).from(configVersion).orderBy(desc(version)).limit(p('limit')),
  ),
  keepText: command(() =>
    db
      .insert(configFile)
      .values({ digest: p('digest'), text: p('text') })
      .onConflictDoNothing(),
  ),
  texts: reading(getTableColumns(configFile), () => {
    const digests = sql`(SELECT value FROM ${configVersion}, json_each(${configVersion.files}) WHERE ${isWanted})`;
    return db.select().from(configFile).where(inArray(configFile.digest, digests));
  }),
};
