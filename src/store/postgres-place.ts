// Where a PostgreSQL database is, and how that is shown; known without the driver, which few brokers need.

/** Where the database is. */
export type PostgresAddress = {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Empty: none. */
  readonly password: string;
  readonly database: string;
  /** `verify`: TLS, and the certificate must be good for `host`; `ca` (PEM) instead of the authorities of the system. */
  readonly tls: { readonly mode: 'off' } | { readonly mode: 'verify'; readonly ca?: string };
};

/** The database as it may be shown: without the password. */
export function placeOf({ user, host, port, database }: PostgresAddress): string {
  return `postgres://${user}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}
