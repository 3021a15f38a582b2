// A broker for tests and demonstrations: configured by files like every other broker, and served on loopback or in process.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { type App, openApp } from '../app.ts';
import type { Broker, Log } from '../broker.ts';
import { type Loaded, loadConfig } from '../config/load.ts';
import { disk, type Reads, replay } from '../config/reads.ts';
import { silentLog } from '../observe/log.ts';
import { publishedLog } from './channels.ts';
import { type Fetch, type FormFields, type HttpAnswer, postForm, type Site, type Via } from './http.ts';
import { merge, type Settings } from './merge.ts';
import { approveKeys, putInForce } from './operating.ts';

/** What the files of a broker say: crossgrant.yaml and one entry per file in domains/. */
export type BrokerFiles = { readonly main: Settings; readonly domains: Readonly<Record<string, Settings>> };

/** Changes to the files of one broker; null takes something away. */
export type FileChanges = { readonly main?: Settings; readonly domains?: Readonly<Record<string, Settings | null>> };

export type RunningBroker = {
  readonly issuer: string;
  /** Where its files are; a name and nothing more when they are in memory. */
  readonly folder: string;
  readonly broker: Broker;
  /** What its files say now. */
  readonly files: BrokerFiles;
  /** Metrics and readiness, as the listener for operators tells them. */
  report: App['report'];
  /** POSTs to /token. */
  token(fields: FormFields | string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** POSTs to another endpoint, such as `introspect`. */
  post(endpoint: string, fields: FormFields | string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /**
   * Lays changes over its files and has it take them without a restart, as SIGHUP does. Rejects, and changes nothing, when they
   * are wrong or would need a restart. The answer puts back what was there before. Once a version was applied, the next one is.
   */
  reconfigure(changes: FileChanges): Promise<() => Promise<void>>;
  /**
   * Lays changes over its files and puts them in force as `crossgrant apply` does; the number of the version. What it answered by
   * until then becomes version 1, so that `state: report-only` has something to be compared with.
   */
  apply(changes: FileChanges): Promise<number>;
  /** Approves the keys of a domain that wait, as `crossgrant domain approve-keys` does; their fingerprints. */
  approveKeys(domain: string): Promise<readonly string[]>;
  /** Goes by what somebody wrote into its store a moment ago; it would do so by itself within a second. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
};

export type BrokerOptions = {
  readonly site: Pick<Site, 'origin' | 'serve' | 'stop'>;
  readonly folder: string;
  readonly files: BrokerFiles;
  /** Secrets the files refer to. */
  readonly env: Readonly<Record<string, string>>;
  readonly now?: () => number;
  /** Milliseconds, never going back; default: `now`. */
  readonly clock?: () => number;
  readonly log?: Log;
  /** How clients of this test get to the broker. */
  readonly via?: Via;
  /** Where the broker fetches from instead of the network. */
  readonly fetch?: Fetch | undefined;
  /** True: neither files nor database touch the disk. */
  readonly inMemory?: boolean;
  /** True: its database waits for no disk. */
  readonly unsynced?: boolean;
};

/** Milliseconds: whoever changes something by a command waits until the broker has seen it. */
const lookMs = 20;

/** Loads the files as `serve` would, and serves the broker at the site. */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const { site, folder, env, now, clock, log = silentLog, via, fetch, inMemory, unsynced } = options;
  let { files } = options;
  const load = async (said: BrokerFiles, before?: Loaded): Promise<Loaded> => {
    const reads = inMemory ? readsInMemory(folder, said) : await writeFiles(folder, said, files);
    return loadConfig(join(folder, 'crossgrant.yaml'), env, reads, before);
  };
  let newest = await load(files);
  const app: App = await openApp(newest, {
    log: publishedLog(log),
    ...(now && { now }),
    ...(clock && { clock }),
    fetch,
    inMemory,
    unsynced,
    lookMs,
  });
  let version: number | undefined;
  const take = async (next: BrokerFiles, back?: number) => {
    const machine = await load(next, newest);
    if (version !== undefined) {
      version = await putInForce(machine, app.broker, back);
      await app.catchUp();
    }
    const { fixed } = await app.reload(machine);
    if (fixed.length > 0) throw new Error(`a running broker does not change ${fixed.join(', ')}`);
    files = next;
    newest = machine;
  };
  site.serve(app.http, app.rooms);
  const post: RunningBroker['post'] = (endpoint, fields, headers) =>
    postForm(`${site.origin}/${endpoint}`, fields, headers, via);
  return {
    issuer: site.origin,
    folder,
    get broker() {
      return app.broker;
    },
    get files() {
      return files;
    },
    report: app.report,
    post,
    token: (fields, headers) => post('token', fields, headers),
    async reconfigure(changes) {
      const before = { files, version };
      await take(changed(files, changes));
      return () => take(before.files, before.version);
    },
    async apply(changes) {
      version ??= await putInForce(await load(files, newest), app.broker);
      await take(changed(files, changes));
      return version;
    },
    approveKeys: (domain) => approveKeys(domain, app),
    catchUp: app.catchUp,
    async stop() {
      await site.stop();
      await app.close();
    },
  };
}

/** The files with changes laid over them. */
export function changed(files: BrokerFiles, { main = {}, domains = {} }: FileChanges = {}): BrokerFiles {
  const merged = merge(files.domains, domains) as Record<string, Settings>;
  return { main: merge(files.main, main), domains: merged };
}

/** What people look at is YAML as they write it. JSON is YAML, too, and made in no time. */
const forPeople = stringify;
const forNobody = (settings: Settings) => JSON.stringify(settings, null, 2);

async function writeFiles(folder: string, files: BrokerFiles, before: BrokerFiles): Promise<Reads> {
  const texts = textsOf(folder, files, forPeople);
  const gone = Object.keys(before.domains)
    .filter((name) => !Object.hasOwn(files.domains, name))
    .map((name) => pathOf(folder, name));
  await mkdir(join(folder, 'domains'), { recursive: true });
  await Promise.all(Object.entries(texts).map(([path, text]) => writeFile(path, text)));
  await Promise.all(gone.map((path) => rm(path, { force: true })));
  return disk;
}

/** Files that are named in the configuration itself, such as certificates, are still read from the disk. */
function readsInMemory(folder: string, files: BrokerFiles): Reads {
  const texts = textsOf(folder, files, forNobody);
  const domains = join(folder, 'domains');
  const names = Object.keys(texts).filter((path) => dirname(path) === domains);
  const own = replay({ texts, folders: { [domains]: names.map((path) => basename(path)) } });
  return { ...own, text: (path) => (Object.hasOwn(texts, path) ? own : disk).text(path) };
}

function textsOf(
  folder: string,
  { main, domains }: BrokerFiles,
  write: (settings: Settings) => string,
): Readonly<Record<string, string>> {
  const texts = { [join(folder, 'crossgrant.yaml')]: write(main) };
  for (const [name, domain] of Object.entries(domains)) {
    texts[pathOf(folder, name)] = write(domain);
  }
  return texts;
}

const pathOf = (folder: string, domain: string) => join(folder, 'domains', `${domain}.yaml`);
