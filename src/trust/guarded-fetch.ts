// The only way out: every address a partner or the configuration names is fetched through here, or not at all.

import { X509Certificate } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { lookup as dnsLookup } from 'node:dns/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, TLSSocket } from 'node:tls';
import { limits } from '../protocol/limits.ts';
import { type AddressRule, addressRule, type Reach } from './addresses.ts';
import { type AnswerBounds, type Arriving, type FetchAnswer, readAnswer } from './fetch-answer.ts';
import { fetchBudget, shared } from './fetch-budget.ts';
import { asRefused, FetchRefused } from './fetch-refused.ts';
import type { ProxiedMethod } from './upstream.ts';

export type { FetchAnswer } from './fetch-answer.ts';
export { type FetchFault, FetchRefused } from './fetch-refused.ts';

/** Where we may go, and whose certificates count there. */
export type Network = Reach & {
  /** PEM bundle of certificate authorities, beside the default ones. */
  readonly ca?: string;
};

export type FetchRequest = AnswerBounds & {
  readonly method?: ProxiedMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** True: the answer tells of the certificate of its server. */
  readonly certificate?: boolean;
  /** For everything from the name lookup to the last byte; `limits.fetchTimeoutMs` if not given. */
  readonly timeoutMs?: number;
  /** Who we are at the connection, where the other side asks for a certificate (RFC 8705). */
  readonly identity?: TlsIdentity;
};

/** A certificate chain and its private key, PEM. */
export type TlsIdentity = { readonly cert: string; readonly key: string };

/** Resolves with any status, but with a redirect only where the answer is wanted `asItIs`. Throws FetchRefused for all that a configuration or a partner can cause. */
export type GuardedFetch = (url: string, request: FetchRequest) => Promise<FetchAnswer>;

/** All addresses of a host name. */
type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

const askDns: Resolve = (host) => dnsLookup(host, { all: true });

/** Carries a request to where it goes and brings the answer back, its body unread. */
export type Wire = (url: URL, request: FetchRequest, signal: AbortSignal) => Promise<Arriving>;

/**
 * Throws when `network` is unusable: an entry of `allow` that is no network, a `ca` that is no certificate. Another `wire`
 * than the network is for tests in one process; every rule about answers holds there too.
 */
export function guardedFetch(
  network: Network,
  resolve: Resolve = askDns,
  wire: Wire = networkWire(network, resolve),
): GuardedFetch {
  const withinBudget = fetchBudget(limits.fetchesPerHost);
  return async (address, request) => {
    const url = plainUrl(address, network.loopbackHttp);
    const place = `${request.method ?? 'GET'} ${url.origin}${url.pathname}`;
    const signal = AbortSignal.timeout(request.timeoutMs ?? limits.fetchTimeoutMs);
    const answer = async () => {
      const response = await wire(url, request, signal);
      const certificate = request.certificate ? certificateOf(response) : undefined;
      return { ...(await readAnswer(response, request)), ...(certificate && { certificate }) };
    };
    try {
      return await withinBudget(url.origin, () => unlessAborted(signal, answer()));
    } catch (error) {
      throw asRefused(error, place, signal);
    }
  };
}

/** Undefined without TLS, and for a session that was taken up again without a certificate. */
function certificateOf({ socket }: Arriving): FetchAnswer['certificate'] {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate && { from: Date.parse(certificate.validFrom), until: Date.parse(certificate.validTo) };
}

function networkWire(network: Network, resolve: Resolve): Wire {
  const permits = addressRule(network);
  const pools = connectionPools(network.ca);
  const lookUp = shared(resolve);
  return async (url, request, signal) => {
    const addresses = await checkedAddresses(url, permits, lookUp);
    signal.throwIfAborted();
    return send(url, request, { signal, pools, lookup: pinned(addresses) });
  };
}

type Pools = {
  readonly plain: http.Agent;
  /** Connections of one identity are never used under another. */
  readonly secure: (identity: TlsIdentity | undefined) => https.Agent;
};

/** Connections that are kept idle do not keep the process alive. */
function connectionPools(ca: string | undefined): Pools {
  const options = { keepAlive: true, timeout: limits.fetchIdleMs, maxSockets: limits.fetchConnections };
  if (ca !== undefined) checkBundle(ca);
  const authorities = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const agentOf = (identity?: TlsIdentity) =>
    new https.Agent({ ...options, secureContext: createSecureContext({ ...authorities, ...identity }) });
  // As many as there are in the configuration. All the authorities are read for each, which is left until it is needed.
  const agents = new Map<TlsIdentity | undefined, https.Agent>();
  return {
    plain: new http.Agent(options),
    secure(identity) {
      const agent = agents.get(identity) ?? agentOf(identity);
      agents.set(identity, agent);
      return agent;
    },
  };
}

/** Throws for what TLS would not take, and for a bundle without any certificate: that it takes in silence, and nobody would look here. */
function checkBundle(ca: string): void {
  new X509Certificate(ca);
  createSecureContext({ ca });
}

/** Scheme, host without user name, no fragment. */
const plainForm = /^https?:\/\/[^/?#@]+(?:[/?][^#]*)?$/i;

/** WHATWG URL drops some of them and takes `\` for `/`; whoever compared the text before saw another address. */
const deceptive = /[\p{Cc}\p{White_Space}\\]/u;

function plainUrl(address: string, loopbackHttp: boolean): URL {
  if (deceptive.test(address) || !plainForm.test(address) || !URL.canParse(address))
    throw new FetchRefused('url', 'not a plain https address: scheme and host, no user name, fragment or backslash');
  const url = new URL(address);
  if (url.protocol !== 'https:' && !loopbackHttp) throw new FetchRefused('url', `${url.origin}: https is required`);
  return url;
}

/** Looked up once: if the connection looked again, the name could meanwhile point inside (DNS rebinding). */
async function checkedAddresses(url: URL, permits: AddressRule, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (addresses.length === 0) throw new FetchRefused('connection', `${host} has no address`);
  const refused = addresses.find(({ address }) => !permits({ host, address, secure }));
  if (refused === undefined) return addresses;
  throw new FetchRefused(
    'address',
    `${host} is at ${refused.address}, neither public nor allowed by the configuration`,
  );
}

/** A name lookup cannot be stopped, only left behind; whatever else hangs does not hold our caller either. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/** SNI, Host and the certificate stay with the host name; only the address is ours. */
function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

type Connection = { readonly signal: AbortSignal; readonly pools: Pools; readonly lookup: LookupFunction };

/** What goes out beside the body. */
export function sentHeaders({ accept, headers }: FetchRequest): Readonly<Record<string, string>> {
  return { 'user-agent': 'crossgrant', accept: accept.join(', '), 'accept-encoding': 'identity', ...headers };
}

function send(url: URL, request: FetchRequest, { signal, pools, lookup }: Connection): Promise<IncomingMessage> {
  const options = { method: request.method ?? 'GET', headers: sentHeaders(request), signal, lookup };
  return new Promise((resolve, reject) => {
    const outgoing =
      url.protocol === 'https:'
        ? https.request(url, { ...options, agent: pools.secure(request.identity) }, resolve)
        : http.request(url, { ...options, agent: pools.plain }, resolve);
    outgoing.on('error', reject);
    // A partner that answers 101 ends the request without an answer and without an error.
    outgoing.on('close', () => reject(new FetchRefused('connection', 'closed without an answer')));
    outgoing.end(request.body);
  });
}
