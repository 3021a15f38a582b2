// A broker for tests and demonstrations: configured by files in a folder, like every other broker, and served on loopback.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type App, openApp } from '../app.ts';
import type { Broker, Log } from '../broker.ts';
import { loadConfig } from '../config/load.ts';
import { silentLog } from '../observe/log.ts';
import { publishedLog } from './channels.ts';
import type { HttpAnswer } from './http.ts';
import { type FormFields, postForm, type Site } from './http.ts';
import type { Settings } from './merge.ts';

/** What the files of a broker say: crossgrant.yaml and one entry per file in domains/. */
export type BrokerFiles = { readonly main: Settings; readonly domains: Readonly<Record<string, Settings>> };

export type RunningBroker = {
  readonly issuer: string;
  readonly folder: string;
  readonly broker: Broker;
  /** Metrics and readiness, as the listener for operators tells them. */
  report: App['report'];
  /** POSTs to /token. */
  token(fields: FormFields | string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** POSTs to another endpoint, such as `introspect`. */
  post(endpoint: string, fields: FormFields | string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  stop(): Promise<void>;
};

export type BrokerOptions = {
  readonly site: Site;
  readonly folder: string;
  readonly files: BrokerFiles;
  /** Secrets the files refer to. */
  readonly env: Readonly<Record<string, string>>;
  readonly now?: () => number;
  readonly log?: Log;
  /** PEM of the authority behind the site's certificate. */
  readonly ca?: string | undefined;
};

/** Writes the files, loads them as `serve` would, and serves the broker at the site. */
export async function startBroker({
  site,
  folder,
  files,
  env,
  now,
  log = silentLog,
  ca,
}: BrokerOptions): Promise<RunningBroker> {
  await mkdir(join(folder, 'domains'), { recursive: true });
  await writeFile(join(folder, 'crossgrant.yaml'), stringify(files.main));
  for (const [name, domain] of Object.entries(files.domains)) {
    await writeFile(join(folder, 'domains', `${name}.yaml`), stringify(domain));
  }
  const app: App = await openApp(await loadConfig(join(folder, 'crossgrant.yaml'), env), {
    log: publishedLog(log),
    ...(now && { now }),
  });
  site.serve(app.http, app.rooms);
  const post: RunningBroker['post'] = (endpoint, fields, headers) =>
    postForm(`${site.origin}/${endpoint}`, fields, headers, ca);
  return {
    issuer: site.origin,
    folder,
    broker: app.broker,
    report: app.report,
    post,
    token: (fields, headers) => post('token', fields, headers),
    async stop() {
      await site.stop();
      await app.close();
    },
  };
}
