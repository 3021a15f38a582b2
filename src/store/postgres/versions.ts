// Versions of the configuration: of two that bring the same number one gets it, by the primary key.

import { desc, eq, getTableColumns, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Client } from 'pg';
import { joinFiles, splitFiles } from '../version-files.ts';
import type { ConfigVersion, Versions } from '../versions.ts';
import type { Parts } from './parts.ts';
import { recordedWork } from './recorded.ts';
import { configFile, configVersion } from './tables.ts';
import { writeText } from './text.ts';

export function openVersions({ pool, queue, read }: Parts): Versions {
  const db = drizzle(pool);
  const { files, ...entryColumns } = getTableColumns(configVersion);
  const { version: number } = entryColumns;

  async function newest(): Promise<number | undefined> {
    const [row] = await db.select({ version: number }).from(configVersion).orderBy(desc(number)).limit(1);
    return row?.version;
  }

  async function find(version: number | undefined): Promise<ConfigVersion | undefined> {
    if (version === undefined) return undefined;
    const [row] = await db.select().from(configVersion).where(eq(number, version));
    if (row === undefined) return undefined;
    const manifest = JSON.parse(row.files);
    // One parameter: a statement takes 65 535 at most.
    const isWanted = sql`${configFile.digest} = ANY (${sql.param(Object.values(manifest))}::text[])`;
    const texts = await db.select().from(configFile).where(isWanted);
    return { ...row, files: joinFiles({ manifest, texts: new Map(texts.map((one) => [one.digest, one.text])) }) };
  }

  return {
    addVersion({ files: given, ...entry }, expectedCurrent, record) {
      const { manifest, texts } = splitFiles(given);
      const version = (expectedCurrent ?? 0) + 1;
      const act = async (client: Client) => {
        const inTransaction = drizzle(client);
        const [row] = await inTransaction
          .select({ newest: sql<number | null>`max(${number})::float8` })
          .from(configVersion);
        if ((row?.newest ?? null) !== expectedCurrent) return { result: undefined };
        const { rowCount } = await inTransaction
          .insert(configVersion)
          .values({ ...entry, version, files: JSON.stringify(manifest) })
          .onConflictDoNothing();
        if (rowCount === 0) return { result: undefined };
        await keepTexts(client, texts);
        return { result: version, record };
      };
      return queue.run<number | undefined>((resolve, reject) => recordedWork('versions', act, resolve, reject));
    },
    currentVersion: () => read(async () => find(await newest())),
    findVersion: (version) => read(() => find(version)),
    listVersions: (limit) => read(() => db.select(entryColumns).from(configVersion).orderBy(desc(number)).limit(limit)),
  };
}

async function keepTexts(client: Client, texts: ReadonlyMap<string, string>): Promise<void> {
  await client.query(
    `INSERT INTO crossgrant.config_file (digest, text) SELECT * FROM unnest($1::text[], $2::text[])
     ON CONFLICT DO NOTHING`,
    [[...texts.keys()], [...texts.values()].map(writeText)],
  );
}
