// Reads postgres://user@host:port/database: where the database is, and whether the connection is protected.

/** A URL taken apart. `password` is empty where there is none; `host` is a name, an address or the folder of a socket. */
export type PostgresUrl = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** False only on this machine, or where `sslmode=disable` says so. */
  readonly tls: boolean;
};

const form = 'must be postgres://user@host:port/database';
const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** What the URL says, or what is wrong with it; the message never quotes it, because it may hold a password. */
export function readPostgresUrl(text: string): PostgresUrl | { readonly fault: string } {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return { fault: form };
  const url = new URL(text);
  const parts = decoded([url.hostname, url.username, url.password, url.pathname.slice(1)]);
  if (parts === undefined) return { fault: `${form}, with %XX for special characters` };
  const [name = '', user = '', password = '', database = ''] = parts;
  const host = name.replace(/^\[(.*)\]$/, '$1');
  const fault = partFault(url, host, user, database) ?? optionFault(url, host);
  if (fault !== undefined) return { fault };
  const sslmode = url.searchParams.get('sslmode');
  const tls = sslmode === null ? !isHere(host) : sslmode !== 'disable';
  return { host, port: url.port === '' ? 5432 : Number(url.port), user, password, database, tls };
}

function decoded(parts: readonly string[]): readonly string[] | undefined {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

const isSocket = (host: string) => host.startsWith('/');

/** True for this machine, where nobody is in between. */
export const isHere = (host: string) => isSocket(host) || loopback.test(host);

function partFault(url: URL, host: string, user: string, database: string): string | undefined {
  if (url.hash !== '') return 'has a # in it; write it as %23';
  if (host === '') return `names no host; ${form}`;
  if (host.includes(',')) return 'names several hosts; name the one that always leads to the primary';
  if (user === '') return `names no user; ${form}`;
  if (database === '' || database.includes('/')) return `names no database; ${form}`;
  return url.port === '0' ? 'has the port 0' : undefined;
}

/** Encryption without knowing who answers lets whoever is in between read the password and all that follows. */
function optionFault({ searchParams }: URL, host: string): string | undefined {
  const unknown = [...searchParams.keys()].find((name) => name !== 'sslmode');
  if (unknown === 'sslrootcert') return 'has sslrootcert; write store: { url: …, ca: { file: … } }';
  if (unknown !== undefined) return `has the option ${unknown}; the only one is sslmode`;
  const modes = searchParams.getAll('sslmode');
  if (modes.length > 1) return 'has sslmode twice';
  const [mode] = modes;
  if (mode === undefined || mode === 'disable') return undefined;
  if (mode !== 'verify-full')
    return 'has an sslmode that does not say who must answer; use verify-full, or disable where nobody can listen in';
  return isSocket(host) ? 'asks for TLS over a Unix socket, which has none' : undefined;
}
