// What every command has in common: wrong usage is 2 with a hint, and one clear message for everything else.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from '../support/cli.ts';
import { program, startCli } from '../support/cli-child.ts';

describe('design §6: wrong usage ends with 2 and says what was probably meant', () => {
  it.each([
    [['chekc'], "unknown command 'chekc'\n(Did you mean check?)"],
    [['check', '--cnfig', 'x'], "unknown option '--cnfig'\n(Did you mean --config?)"],
    [['keys', 'rotat'], "unknown command 'rotat'\n(Did you mean rotate?)"],
    [['serve', '--log-level', 'loud'], 'Allowed choices are debug, info, warn, error, silent.'],
    [['audit', 'export', '--after', 'abc'], "argument 'abc' is invalid. It is the number of a record."],
    [['init', '--issuer', 'http://broker.example'], 'It must be https (http on loopback only).'],
    [['schema', 'partner'], 'Allowed choices are main, domain, chain.'],
    [['token', 'decode'], "missing required argument 'token'"],
    [['--config', 'x.yaml', 'check'], '(options stand behind the command, as in `crossgrant check --config FILE`)'],
    [['serve', 'crossgrant.yaml'], '(--config FILE names the configuration, whose folder of domains is found by it)'],
    [['check', 'domains/contoso.yaml'], '(--config FILE names the configuration'],
  ])('%j', async (args, says) => {
    const { code, stdout, stderr } = await cli(args);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('a word too many that is no file is told as that alone', async () => {
    const { code, stderr } = await cli(['plan', 'please']);
    expect(stderr).toContain("too many arguments for 'plan'");
    expect({ code, says: stderr.includes('--config FILE names') }).toEqual({ code: 2, says: false });
  });

  it('no command at all shows the list, on standard error', async () => {
    expect(await cli([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Commands:') });
  });

  it('help that was asked for is a result', async () => {
    expect(await cli(['serve', '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--config'),
      stderr: '',
    });
  });

  it.each([
    'demo',
    'init',
    'check',
    'bundle export',
    'bundle import',
    'bundle show',
    'domain add',
    'domain list',
    'domain remove',
    'domain show',
    'serve',
    'doctor',
    'migrate',
    'keys list',
    'keys rotate',
    'token decode',
    'audit verify',
  ])('%s can print JSON', async (command) => {
    expect((await cli([...command.split(' '), '--help'])).stdout).toContain('--json');
  });
});

describe('the version', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));

  it.each(['--version', '-V'])('is all that %s prints', async (option) => {
    expect(await cli([option])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('is found by a bundle, too', async () => {
    expect(await startCli(['--version']).ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('is nothing that a command is asked for: the --version of apply is one of the configuration', async () => {
    expect(await cli(['apply', '--version', 'last'])).toMatchObject({ code: 2, stdout: '' });
    expect(await cli(['check', '--version'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown option '--version'"),
    });
  });
});

describe('a configuration that cannot be used', () => {
  const broken = () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'domains'));
    writeFileSync(
      join(folder, 'crossgrant.yaml'),
      'issuer: https://a.example\nkeys: { encrypt_with: { env: KEY } }\nlissen: {}\n',
    );
    return folder;
  };
  const commands = [['check'], ['serve'], ['doctor'], ['migrate'], ['keys', 'list'], ['audit', 'verify']];

  it.each(commands)('stops %s %s with its place, the nearest name and exit code 2', async (...args) => {
    const folder = broken();
    const { code, stdout, stderr } = await cli(args.filter(Boolean), { cwd: folder, env: { KEY: 'k'.repeat(32) } });
    expect(stderr).toContain(`${join(folder, 'crossgrant.yaml')}:3:1 lissen: unknown key`);
    expect(stderr).toContain('listen');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('is data for check --json', async () => {
    const { code, stdout } = await cli(['check', '--json'], { cwd: broken(), env: { KEY: 'k'.repeat(32) } });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: [{ line: 3, column: 1, path: 'lissen' }] });
    expect(code).toBe(2);
  });

  it('is named when there is none', async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await cli(['check', '--config', 'mine.yaml'], { cwd: folder });
    expect(stderr).toContain(`${join(folder, 'mine.yaml')}:1:1 this file does not exist`);
    expect(code).toBe(2);
  });
});

describe('a file that is named and cannot be read', () => {
  const commands = [
    ['bundle', 'show'],
    ['bundle', 'import'],
    ['chain', 'run'],
    ['audit', 'verify', '--expect'],
    ['token', 'decode', '@'],
    ['explain', '--request'],
  ];
  it.each(commands)('is wrong usage of %s %s, told in a line', async (...args) => {
    const folder = temporaryFolder();
    const main = 'issuer: https://a.example\nkeys: { encrypt_with: { env: KEY } }\n';
    writeFileSync(join(folder, 'crossgrant.yaml'), main);
    const env = { KEY: 'k'.repeat(32) };
    await cli(['migrate'], { cwd: folder, env });
    mkdirSync(join(folder, 'there'));
    const naming = (name: string) => {
      const words = args.filter(Boolean);
      return cli(words.at(-1) === '@' ? [...words.slice(0, -1), `@${name}`] : [...words, name], { cwd: folder, env });
    };
    for (const [name, says] of [
      ['nowhere', 'does not exist'],
      ['there', 'is a folder'],
    ] as const) {
      const { code, stdout, stderr } = await naming(name);
      expect(stderr).toMatch(new RegExp(`^crossgrant: \\S*${name} ${says}.*\\n$`));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }
  });
});

describe('what the machine refuses', () => {
  it('a port in use is named with a way out', async () => {
    const other = createServer();
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const folder = temporaryFolder();
    const main = `issuer: https://a.example\nkeys: { encrypt_with: { env: KEY } }\nlisten: { port: ${port} }\n`;
    writeFileSync(join(folder, 'crossgrant.yaml'), main);
    try {
      const { code, stderr } = await cli(['serve', '--log-level', 'silent'], {
        cwd: folder,
        env: { KEY: 'k'.repeat(32) },
      });
      expect(stderr).toContain(`127.0.0.1:${port}: somebody else listens there`);
      expect(code).toBe(1);
    } finally {
      other.close();
    }
  });

  it.each([['init'], ['demo', '--once', '--kit']])('%s %s: a folder is not made of a file', async (...args) => {
    const file = join(temporaryFolder(), 'notes.txt');
    writeFileSync(file, 'mine');
    const { code, stderr } = await cli([...args.filter(Boolean), file]);
    expect(stderr).toContain(
      `'${file}': something is there already, and nothing was written over it; name another place\n`,
    );
    expect({ code, file: readFileSync(file, 'utf8') }).toEqual({ code: 1, file: 'mine' });
  });

  it('a store that cannot be opened is named', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'there.db'));
    const main = 'issuer: https://a.example\nkeys: { encrypt_with: { env: KEY } }\nstore: sqlite:./there.db\n';
    writeFileSync(join(folder, 'crossgrant.yaml'), main);
    const { code, stderr } = await cli(['migrate'], { cwd: folder, env: { KEY: 'k'.repeat(32) } });
    expect(stderr).toContain(join(folder, 'there.db'));
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
  });

  it('a store in a folder that is not there is told as that', async () => {
    const folder = temporaryFolder();
    const main = 'issuer: https://a.example\nkeys: { encrypt_with: { env: KEY } }\nstore: sqlite:./data/a.db\n';
    writeFileSync(join(folder, 'crossgrant.yaml'), main);
    for (const command of [['serve'], ['migrate'], ['keys', 'list'], ['apply', '--yes']]) {
      const { code, stderr } = await cli(command, { cwd: folder, env: { KEY: 'k'.repeat(32) } });
      expect(stderr).toBe(
        `crossgrant: the database ${join(folder, 'data/a.db')} cannot be made: its folder does not exist; make it, or name another file in \`store\`\n`,
      );
      expect(code).toBe(1);
    }
  });

  it('a list of what brokers keep is none before one has served, whichever list it is', async () => {
    const folder = temporaryFolder();
    const main = 'issuer: https://a.example\nkeys: { encrypt_with: { env: KEY } }\n';
    writeFileSync(join(folder, 'crossgrant.yaml'), main);
    for (const command of [
      ['client', 'list'],
      ['subject', 'list'],
      ['audit', 'verify'],
    ]) {
      const { code, stderr } = await cli(command, { cwd: folder, env: { KEY: 'k'.repeat(32) } });
      expect(stderr).toMatch(/crossgrant\.db does not exist: no broker has kept anything there yet\n$/);
      expect(code).toBe(1);
    }
  });

  it('a whole process ends with the same code', async () => {
    expect(await startCli(['chekc']).ended).toMatchObject({ code: 2, stdout: '' });
  });
});

it('ends quietly when nobody reads on, as in `crossgrant reasons --json | head -1`', () => {
  const command = `"${process.execPath}" "${program}" reasons --json | head -1`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toHaveLength(2);
});
