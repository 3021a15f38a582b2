// Settings that are for trying things out, for old callers, or that leave more open than most need.

import { allFiles, type Files } from '../../config/files.ts';
import type { Fault } from '../../config/problems.ts';
import { toProblems } from '../../config/problems.ts';
import { acceptSites } from '../../config/rule-sites.ts';
import { accountByEmail } from '../../token/claims/subject/email.ts';
import { isLoopback } from '../../trust/addresses.ts';
import { sayOf } from '../say.ts';
import type { DoctorCheck, Level, Patient } from '../types.ts';

/** A setting, why it matters, and what to do. */
type Loose = Fault & { readonly level: Exclude<Level, 'ok'>; readonly remedy: string };

export const exposure: DoctorCheck = {
  area: 'settings',
  look(patient) {
    const { files } = patient.loaded;
    const loose = [...listening(patient), ...network(patient), ...oldAudiences(files), ...loosened(files)];
    return loose.map((fault) => {
      const [place] = toProblems([fault], allFiles(files));
      const about = place === undefined ? fault.file.name : `${place.file}:${place.line}:${place.column}`;
      return sayOf(about)[fault.level](`${place?.path}: ${fault.message}`, fault.remedy);
    });
  },
};

/** `localhost`, or an address no other machine reaches. */
const isHere = (address: string) => address === 'localhost' || isLoopback(address);

function listening({ loaded: { files, settings } }: Patient): readonly Loose[] {
  const file = files.main;
  const { listen, admin, store } = settings;
  const found: Loose[] = [];
  if (listen.tls === undefined && !isHere(listen.address)) {
    found.push({
      file,
      path: ['listen', 'address'],
      level: 'notice',
      message: 'speaks plain HTTP, and other machines reach it',
      remedy: 'see that nobody but what ends TLS in front of it can, or set `listen.tls`',
    });
  }
  if (admin !== undefined && !isHere(admin.address)) {
    found.push({
      file,
      path: ['admin', 'address'],
      level: 'notice',
      message: 'whoever reaches it reads how the broker is doing',
      remedy: 'see that nobody can but those who watch it',
    });
  }
  if (store.kind === 'postgres' && store.tls.mode === 'off' && !isHere(store.host)) {
    found.push({
      file,
      path: ['store'],
      level: 'warning',
      message: 'the connection to the database is not encrypted: who is on the way reads and changes what is kept',
      remedy: 'leave `sslmode=disable` out of the URL',
    });
  }
  return found;
}

function network({ loaded: { files, settings } }: Patient): readonly Loose[] {
  const file = files.main;
  const isTrial = settings.issuer.startsWith('http:');
  const found: Loose[] = [];
  if (isTrial) {
    found.push({
      file,
      path: ['issuer'],
      level: 'notice',
      message: 'is http: for trying things out on one machine',
      remedy: 'give the broker an https address before others rely on it',
    });
  } else if (settings.network.loopbackHttp) {
    found.push({
      file,
      path: ['network', 'loopback_http'],
      level: 'warning',
      message: 'lets keys and metadata come by http from this machine, where any process may answer',
      remedy: 'remove it; it is for trying things out',
    });
  }
  for (const [at, entry] of settings.network.allow.entries()) {
    if (!isWide(entry)) continue;
    found.push({
      file,
      path: ['network', 'allow', at],
      level: 'warning',
      message: `${entry} lets whoever can write metadata of a partner have us ask nearly any machine inside`,
      remedy: 'name the hosts or the small networks partners are in',
    });
  }
  return found;
}

/** Larger than any network that has a name of its own. */
function isWide(entry: string): boolean {
  const [address = '', prefix] = entry.split('/');
  return prefix !== undefined && Number(prefix) < (address.includes(':') ? 16 : 8);
}

const oldAudience = {
  level: 'notice',
  message:
    'takes the token endpoint as audience, which RFC 10070 retires: another server could have one made for itself and use it here',
  remedy: 'ask whoever signs them to name our issuer, then remove it',
} as const;

function oldAudiences({ main, domains }: Files): readonly Loose[] {
  const ours = Object.entries(main.config.clients).map(([id, { auth }]) => ({
    file: main,
    auth,
    path: ['clients', id],
  }));
  const theirs = domains.flatMap((file) =>
    Object.entries(file.config.accept?.clients ?? {}).flatMap(([id, { auth }]) =>
      auth === undefined ? [] : [{ file, auth, path: ['accept', 'clients', id] }],
    ),
  );
  const assertions = [...ours, ...theirs].flatMap(({ file, auth, path }) =>
    auth.settings['audience'] === 'token_endpoint'
      ? [{ file, path: [...path, 'auth', 'audience'], ...oldAudience }]
      : [],
  );
  const grants = acceptSites({ domains }).flatMap(({ file, path, rule }) =>
    rule.audience.includes('token_endpoint') ? [{ file, path: [...path, 'audience'], ...oldAudience }] : [],
  );
  return [...assertions, ...grants];
}

function loosened({ domains }: Files): readonly Loose[] {
  return acceptSites({ domains }).flatMap(({ file, path, rule }): readonly Loose[] => {
    const found: Loose[] = [];
    if (rule.reuse === 'until_expiry') {
      found.push({
        file,
        path: [...path, 'reuse'],
        level: 'notice',
        message: 'whoever gets hold of a grant can use it again until it expires',
        remedy: 'take `once`, unless this partner sends one grant several times',
      });
    }
    if (
      rule.subject.some(({ name, settings }) => name === accountByEmail.from && settings['unless_said'] === 'verified')
    ) {
      found.push({
        file,
        path: [...path, 'subject'],
        level: 'warning',
        message: 'believes addresses that nobody says were verified',
        remedy: 'take `unless_said: unverified`, unless this issuer sends none but those it verified',
      });
    }
    return found;
  });
}
