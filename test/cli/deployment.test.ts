// Dockerfile and systemd unit: what they copy, run and promise holds; the steps of the image run here, without a container around them.

import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { listenLimits } from '../../src/protocol/limits.ts';
import { temporaryFolder } from '../support/cli.ts';
import { configured } from '../support/configured.ts';
import { type Package, packed } from '../support/package.ts';

let published: Package;
beforeAll(async () => {
  published = await packed();
}, 60_000);

const root = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

type Instruction = { readonly name: string; readonly text: string };
type Stage = { readonly name: string; readonly instructions: readonly Instruction[] };

/** The stages of the Dockerfile, in order. */
const stages: readonly Stage[] = read('Dockerfile')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((part) => ({
    name: / AS (\w+)$/m.exec(part)?.[1] ?? '',
    instructions: [...part.matchAll(/^([A-Z]+) (.*)$/gm)].map(([, name = '', text = '']) => ({ name, text })),
  }));
const [build, image] = stages;

function texts(stage: Stage | undefined, name: string): readonly string[] {
  return (stage?.instructions ?? []).filter((one) => one.name === name).map(({ text }) => text);
}
const copied = (stage: Stage | undefined) =>
  texts(stage, 'COPY').map((text) => {
    const words = text.split(' ');
    const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
    return { from, to: words.pop() ?? '', sources: words };
  });
const exec = (text: string | undefined): readonly string[] => JSON.parse(text?.slice(text.indexOf('[')) ?? '[]');

/** Does what the COPY instructions of a stage do. */
function lay(stage: Stage | undefined, folder: string, before: Readonly<Record<string, string>> = {}): string {
  mkdirSync(folder, { recursive: true });
  for (const { from, to, sources } of copied(stage)) {
    for (const source of sources) {
      const origin = from === undefined ? join(root, source) : join(before[from] ?? '', source.replace('/app/', ''));
      const target = to.endsWith('/') ? join(folder, to, source) : join(folder, to);
      if (source.endsWith('node_modules')) symlinkSync(join(root, 'node_modules'), target);
      else cpSync(origin, target, { recursive: true });
    }
  }
  return folder;
}

describe('the Dockerfile', () => {
  it('builds and runs on the same Node and the same Debian: what is compiled for one runs on the other', () => {
    const [from = '', base = ''] = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, name]) => name);
    expect(base).toBe(`${from}-slim`);
  });

  it('copies only files that are there, and .dockerignore lets in', () => {
    const letIn = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const sources = stages.flatMap((stage) => copied(stage).filter(({ from }) => from === undefined));
    for (const source of sources.flatMap((copy) => copy.sources)) {
      expect({ source, there: existsSync(join(root, source)) }).toEqual({ source, there: true });
      expect(letIn).toContain(`!${source}`);
    }
    expect(letIn).toHaveLength(new Set(sources.flatMap((copy) => copy.sources)).size);
  });

  it('ends as a user without rights, who gets SIGTERM himself and writes to /data alone', () => {
    expect(texts(image, 'USER')).toEqual(['node']);
    expect(texts(image, 'VOLUME')).toEqual(['/data']);
    expect(texts(image, 'STOPSIGNAL')).toEqual(['SIGTERM']);
    // The form without a shell: a shell would be process 1 and keep the signal.
    expect(exec(texts(image, 'ENTRYPOINT')[0])).toEqual(['node', 'dist/main.js']);
  });

  it('carries no secret: neither argument nor environment has one', () => {
    expect(stages.flatMap((stage) => texts(stage, 'ARG'))).toEqual([]);
    expect(texts(image, 'ENV')).toEqual(['NODE_ENV=production CROSSGRANT_CONFIG=/etc/crossgrant/crossgrant.yaml']);
  });

  it('the files it lays out are a broker: built, started, healthy, and ended by SIGTERM', async () => {
    const folder = temporaryFolder();
    expect(texts(build, 'RUN')).toEqual(['npm ci', 'npm run build && npm prune --omit=dev']);
    expect(JSON.parse(read('package.json')).scripts.build).toMatch(/ && tsc -p src\/tsconfig\.build\.json$/);
    // Compiled as the build stage does.
    const built = lay(build, join(folder, 'build'));
    cpSync(join(published.folder, 'dist'), join(built, 'dist'), { recursive: true });
    const app = lay(image, join(folder, 'app'), { [build?.name ?? '']: built });

    const parties = configured({ admin: { port: 0 } });
    const [command = '', ...entry] = exec(texts(image, 'ENTRYPOINT')[0]);
    const child = spawn(command, [...entry, ...exec(texts(image, 'CMD')[0])], {
      cwd: app,
      env: { PATH: process.env['PATH'], ...parties.env, CROSSGRANT_CONFIG: parties.config },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = new Promise((done) => child.once('close', done));
    let told = '';
    const port = await new Promise<string>((found) => {
      child.stdout.on('data', (part) => {
        told += part;
        const [, admin] = /health and metrics are at http:\/\/127\.0\.0\.1:(\d+)\n/.exec(told) ?? [];
        if (admin !== undefined) found(admin);
      });
    });
    const [tool = '', ...check] = exec(texts(image, 'HEALTHCHECK')[0]);
    const healthy = (at: string) =>
      promisify(execFile)(
        tool,
        check.map((word) => word.replace('8701', at)),
      );
    await expect(healthy(port)).resolves.toBeDefined();
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await expect(healthy(port)).rejects.toMatchObject({ code: 1 });
  });
});

it('what src imports is installed without the tools of development', () => {
  const { dependencies, optionalDependencies } = JSON.parse(read('package.json'));
  const installed = new Set(Object.keys({ ...dependencies, ...optionalDependencies }));
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const packages = files
    // What configures a tool is run by that tool alone; and who imports the matchers for vitest runs vitest.
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.config.ts') && name !== 'testkit/vitest.ts')
    .flatMap((name) => [
      ...read(join('src', name)).matchAll(/^(?:import|export)\s[^;]*?from\s+'((?:@[^/']+\/)?[^./'][^/']*)/gms),
    ])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:') && name !== 'crossgrant');
  expect(packages.length).toBeGreaterThan(10);
  expect(packages.filter((name) => !installed.has(name))).toEqual([]);
});

describe('the systemd unit', () => {
  const unit = new Map(
    [...read('fixtures/systemd/crossgrant.service').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );

  it('gives the broker as long as it takes at most, workers included, and does not repeat a wrong configuration', () => {
    expect(Number(unit.get('TimeoutStopSec'))).toBeGreaterThan(listenLimits.stopGraceMs / 1000 + 20);
    expect(unit.get('KillSignal')).toBe('SIGTERM');
    expect(unit.get('RestartPreventExitStatus')).toBe('2');
    expect(unit.get('ExecReload')).toContain('-HUP');
  });

  it('runs without root, without capabilities, and can write nothing but its state', () => {
    expect(Object.fromEntries(unit)).toMatchObject({
      DynamicUser: 'yes',
      NoNewPrivileges: 'yes',
      CapabilityBoundingSet: '',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      StateDirectory: 'crossgrant',
      UMask: '0077',
      SystemCallFilter: '@system-service',
    });
  });

  it('hands over the operator key as a credential, not in the environment', () => {
    expect(unit.get('LoadCredential')).toBe('operator-key:/etc/crossgrant/operator.key');
    expect(unit.get('Environment')).toBe('NODE_ENV=production');
  });
});
