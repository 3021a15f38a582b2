// Whose address a request comes from: that of the connection, or what a trusted load balancer says of it.

import { isIP } from 'node:net';
import { networkList } from '../trust/addresses.ts';

/** What tells an address: the other end of the connection, and header values by lower-case name. */
export type Sender = {
  readonly peer?: string | undefined;
  readonly headers: ReadonlyMap<string, readonly string[]>;
};

export type ProxyTrust = {
  /** CIDRs of load balancers whose header we believe. */
  readonly networks: readonly string[];
  /** The one header they write. Were both read, callers would write the other one themselves. */
  readonly header: 'x-forwarded-for' | 'forwarded';
};

/**
 * Reads the address a request counts for; undefined when there is no connection (a call in process). The last entry that
 * no trusted balancer has written counts: whatever stands before it, the caller may have made up.
 * Throws RangeError for a network that is none.
 */
export function senderAddress({ networks, header }: ProxyTrust): (sender: Sender) => string | undefined {
  if (networks.length === 0) return ({ peer }) => peer && countedAddress(peer);
  const isTrusted = networkList(networks);
  const read = header === 'forwarded' ? forwardedFor : xForwardedFor;
  return ({ peer, headers }) => {
    if (peer === undefined) return undefined;
    let nearest = plainAddress(peer);
    const said = (headers.get(header) ?? []).join(',');
    // From the end, and no further than needed: thousands of entries in front cost the caller nothing, and us no more.
    for (let end = said.length; end > 0 && isTrusted(nearest); ) {
      const start = said.lastIndexOf(',', end - 1) + 1;
      const before = read(said.slice(start, end));
      // An entry nobody can read: then the last address that is known counts.
      if (isIP(before) === 0) break;
      nearest = before;
      end = start - 1;
    }
    return countedAddress(nearest);
  };
}

/** What addresses are counted under: IPv6 by its /64, which is what one customer gets (RFC 6177), IPv4 as it is. */
export function countedAddress(address: string): string {
  const plain = plainAddress(address);
  return plain.includes(':') ? `${networkOf(plain)}::/64` : plain;
}

/** Without a zone, and IPv4 as such where a socket of both versions calls it `::ffff:192.0.2.1`. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [bare = ''] = address.split('%');
  return bare.startsWith('::ffff:') && bare.includes('.') ? bare.slice('::ffff:'.length) : bare;
}

/** Four groups that are written out, as the system spells them (RFC 5952): nearly every address, at a tenth of the cost. */
const plainNetwork = /^(?:(?:0|[1-9a-f][\da-f]*):){3}(?:0|[1-9a-f][\da-f]*)(?=:)/;

/** The first four groups, spelled in one way. */
function networkOf(address: string): string {
  const [plain] = plainNetwork.exec(address) ?? [];
  if (plain !== undefined) return plain;
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** A dotted end stands for two groups. */
function groupsOf(text: string): readonly string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`, as balancers write it. */
function xForwardedFor(entry: string): string {
  const node = entry.trim();
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(node) ?? [];
  if (bracketed !== undefined) return plainAddress(bracketed);
  const [, withPort] = /^([\d.]+):\d+$/.exec(node) ?? [];
  return plainAddress(withPort ?? node);
}

/** The `for` of one element (RFC 7239 §4, §6); '' when it has none. */
function forwardedFor(element: string): string {
  const [, quoted, plain] = /(?:^|;)\s*for=(?:"([^"]*)"|([^\s;]*))/i.exec(element) ?? [];
  return xForwardedFor(quoted ?? plain ?? '');
}
