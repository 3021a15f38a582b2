// What the wiring needs of crossgrant.yaml beside the path: address, store, signing keys and network.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { deriveSecret, SealError } from '../keys/seal.ts';
import type { ProxyTrust } from '../rates/address.ts';
import type { Rate } from '../rates/rate.ts';
import { tokenEndpointOf } from './addresses.ts';
import type { ConfigFile } from './files.ts';
import type { Fault, Path } from './problems.ts';
import { openReferences, type References, type Sources } from './references.ts';
import type { MainConfig, SigningAlgorithm } from './schema/main.ts';
import { readStore, type StoreSettings } from './store.ts';

/** Key and certificate chain of the listener, PEM. */
type Tls = { readonly cert: string; readonly key: string };

export type Settings = {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly trustDomain?: string;
  readonly listen: {
    readonly address: string;
    readonly port: number;
    readonly tls?: Tls;
    readonly proxies: ProxyTrust;
    /** Seconds. */
    readonly drain: number;
  };
  readonly admin?: { readonly address: string; readonly port: number; readonly hosts: readonly string[] };
  readonly store: StoreSettings;
  /** `secret` encrypts our private keys at rest; `rotateEvery` in seconds. */
  readonly keys: {
    readonly alg: SigningAlgorithm;
    readonly secret: string;
    readonly rotateEvery: number;
  };
  /** Seconds an audit record is kept; absent: for good. */
  readonly auditKeep?: number;
  /** `ca` is PEM. */
  readonly network: { readonly loopbackHttp: boolean; readonly allow: readonly string[]; readonly ca?: string };
  readonly dpopNonceRequired: boolean;
  readonly rates: { readonly client: Rate; readonly address: Rate };
};

/** Resolves the settings; what is missing is added to `faults`. */
export function readSettings(file: ConfigFile<MainConfig>, sources: Sources, faults: Fault[]): Settings {
  const { issuer, trust_domain: trustDomain, listen, admin, keys, audit, network, dpop, rates } = file.config;
  const references = openReferences({ file, path: [], within: file.config }, sources, faults);
  const tls = listen.tls && readTls(listen.tls, file, references, faults);
  const ca = network.ca && references.text(network.ca.file, ['network', 'ca', 'file']);
  const secret = references.secret(keys.encrypt_with);
  faults.push(...sealFaults(secret, file), ...caFaults(ca, ['network', 'ca', 'file'], file));
  return {
    issuer,
    tokenEndpoint: tokenEndpointOf(issuer),
    ...(trustDomain !== undefined && { trustDomain }),
    listen: {
      address: listen.address,
      port: listen.port,
      ...(tls && { tls }),
      proxies: { networks: listen.trusted_proxies, header: listen.forwarded_header },
      drain: listen.drain ?? 0,
    },
    ...(admin && { admin: { address: admin.address, port: admin.port, hosts: admin.hosts } }),
    store: readStore(file, references, faults, (text, path) => caFaults(text, path, file)),
    keys: { alg: keys.alg, secret, rotateEvery: keys.rotate_every },
    ...(audit.keep !== undefined && { auditKeep: audit.keep }),
    network: { loopbackHttp: network.loopback_http, allow: network.allow, ...(ca !== undefined && { ca }) },
    dpopNonceRequired: dpop.nonce === 'required',
    rates,
  };
}

function readTls(names: Tls, file: ConfigFile<MainConfig>, references: References, faults: Fault[]): Tls {
  const path = ['listen', 'tls'];
  const before = faults.length;
  const tls = {
    cert: references.text(names.cert, [...path, 'cert']),
    key: references.text(names.key, [...path, 'key']),
  };
  if (faults.length === before && !belongTogether(tls)) {
    faults.push({ file, path, message: 'cert and key are not a PEM certificate and its private key' });
  }
  return tls;
}

/** What could not be read was noted where it was looked for. */
function sealFaults(secret: string, file: ConfigFile<MainConfig>): readonly Fault[] {
  if (secret === '') return [];
  try {
    deriveSecret(secret, 'check of the configuration');
    return [];
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return [{ file, path: ['keys', 'encrypt_with'], message: error.message }];
  }
}

function caFaults(ca: string | undefined, path: Path, file: ConfigFile<MainConfig>): readonly Fault[] {
  if (ca === undefined || ca === '') return [];
  try {
    new X509Certificate(ca);
    return [];
  } catch {
    return [{ file, path, message: 'holds no PEM certificate' }];
  }
}

function belongTogether({ cert, key }: Tls): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
