// crossgrant bundle export: what a partner must know of us and of this relationship, in one signed file.

import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { openStore } from '../../app.ts';
import type { Loaded } from '../../config/compile.ts';
import type { DomainFile } from '../../config/files.ts';
import { trialSites } from '../../config/report-only.ts';
import { duration } from '../../config/schema/values.ts';
import { openSigner } from '../../keys/signer.ts';
import { type Bundle, openBundle } from '../../partners/bundle/open.ts';
import { bundleFor } from '../../partners/bundle/write.ts';
import { PartnerError } from '../../partners/partner-error.ts';
import { proposedName } from '../../partners/proposed-name.ts';
import { joseTypes } from '../../protocol/urns.ts';
import { type ConfigFlag, configOption, loadConfiguration } from '../configuration.ts';
import { domainNamed } from '../domain/named.ts';
import { WrongUsage } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { date, printJson, printLine } from '../output.ts';

type Flags = ConfigFlag & {
  readonly out?: string;
  readonly contact?: string;
  readonly validFor: number;
  readonly json?: boolean;
};

export function exportBundle(io: CliIo): Command {
  return new Command('export')
    .summary('write the bundle for a partner')
    .description(
      'Writes one file for a partner, signed with our key: issuer, endpoints and keys, our agents with their public keys and the ids they shall have there, and what its agents may get here. Secrets are never in it.',
    )
    .argument('<name>', 'the domain it is for: its file in `domains` without .yaml')
    .addOption(configOption(io))
    .option('-o, --out <file>', 'where to; - is standard output (default: OURS-for-NAME.bundle)')
    .option('--contact <who>', 'whom they call about us (default: `contact` in the main file)')
    .addOption(
      new Option('--valid-for <time>', 'how long it may be imported').argParser(readTime).default(14 * 86_400, '14d'),
    )
    .option('--json', 'print what was written as JSON')
    .action(async (name: string, flags: Flags) => {
      const loaded = await loadConfiguration(flags, io);
      const domain = domainNamed(name, loaded);
      if (trialSites({ domains: [domain] }).length > 0)
        io.stderr.write(
          `something of ${name} is in report-only: the bundle tells it, and it does not count here before it is promoted\n`,
        );
      const { text, bundle } = await signed(domain, contactOf(flags, loaded), flags, loaded);
      if (flags.out === '-') {
        io.stdout.write(`${text}\n`);
        return io.exit(0);
      }
      const file = resolve(io.cwd, flags.out ?? `${ourName(loaded)}-for-${name}.bundle`);
      await writeNew(file, `${text}\n`);
      if (flags.json) printJson({ written: file, ...bundle }, io);
      else printLine(story(file, bundle), io);
      io.exit(0);
    });
}

function readTime(text: string): number {
  const { data } = duration.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError('A time is written like 12h or 14d.');
  return data;
}

function contactOf({ contact }: Flags, { files }: Loaded): string {
  const known = contact ?? files.main.config.contact;
  if (known !== undefined) return known;
  throw new WrongUsage(`say whom they call about us: \`contact\` in ${basename(files.main.name)}, or --contact`);
}

/** Signed with the key that is active, and read back before anybody gets it. */
async function signed(domain: DomainFile, contact: string, { validFor }: Flags, loaded: Loaded) {
  const store = await openStore(loaded.settings);
  try {
    const signer = await openSigner({ store, ...loaded.settings.keys, now: Date.now });
    const now = Math.floor(Date.now() / 1000);
    const claims = bundleFor(domain, loaded, { jwks: signer.publicJwks(), contact, now, validFor });
    const { jwt: text } = signer.sign(joseTypes.bundle, claims);
    return { text, bundle: openBundle(text, now) };
  } finally {
    await store.close();
  }
}

/** Whose bundle it is, in the name of its file. */
function ourName({ files }: Loaded): string {
  const { issuer, trust_domain: trustDomain } = files.main.config;
  return proposedName(trustDomain === undefined ? issuer : `https://${trustDomain}`, []);
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new PartnerError(`${file} is there already; nothing was overwritten`) : error;
  });
}

function story(file: string, { claims, fingerprint }: Bundle): string {
  return [
    `Written to ${file}, for ${claims.aud} alone, good until ${date(claims.exp)} UTC.`,
    '',
    `  fingerprint  ${fingerprint}`,
    '',
    'Send them the file, and tell them the fingerprint over another channel: they run',
    `  crossgrant bundle import FILE --fingerprint ${fingerprint}`,
  ].join('\n');
}
