// Which IP addresses may be reached: public ones, and beside them only what the operator has named.

import { BlockList, isIP } from 'node:net';

/** What may be reached beside the public internet. */
export type Reach = {
  /** The loopback addresses of this machine, also by http. */
  readonly loopbackHttp: boolean;
  /** Private networks: CIDRs, single addresses, or host names whatever their address. */
  readonly allow: readonly string[];
};

/** The addresses of one host name are judged one by one. */
export type AddressRule = (target: {
  /** As WHATWG URL spells it, an IPv6 address without brackets. */
  readonly host: string;
  readonly address: string;
  readonly secure: boolean;
}) => boolean;

/** Throws RangeError for an entry of `allow` that is neither a network nor a host name. */
export function addressRule({ loopbackHttp, allow }: Reach): AddressRule {
  const networks = allow.filter(isNetwork);
  const hosts = new Set(allow.filter((entry) => !isNetwork(entry)).map(hostName));
  const isAllowed = networkList(networks);
  return ({ host, address, secure }) => {
    if (isLoopback(address) && loopbackHttp) return true;
    if (!secure) return false;
    if (hosts.has(host) || isAllowed(address)) return true;
    // A name can be moved to another machine and has a certificate; a bare public address is nobody's issuer.
    return isIP(host) === 0 && isPublic(address);
  };
}

const isNetwork = (entry: string) => entry.includes('/') || isIP(entry) !== 0;

function hostName(entry: string): string {
  const host = entry.toLowerCase();
  if (!/^[a-z0-9._-]*[a-z][a-z0-9._-]*$/.test(host)) throw new RangeError(`${entry} is no CIDR and no host name`);
  return host;
}

/**
 * Membership in CIDRs or single addresses. Each IP version has a list of its own: a BlockList of both also finds
 * 8.8.8.8 in `::ffff:0:0/96`, and `::ffff:10.0.0.5` in 10.0.0.0/8. Throws RangeError for what is no network.
 */
export function networkList(networks: readonly string[]): (address: string) => boolean {
  const v4 = new BlockList();
  const v6 = new BlockList();
  for (const network of networks) {
    const [address = '', prefix, ...rest] = network.split('/');
    const version = isIP(address);
    // Number('') is 0: without this check `10.0.0.0/` would be the whole internet.
    const digits = prefix === undefined || /^\d{1,3}$/.test(prefix);
    if (version === 0 || rest.length > 0 || !digits) throw new RangeError(`${network} is no CIDR`);
    if (version === 4) v4.addSubnet(address, Number(prefix ?? 32), 'ipv4');
    else v6.addSubnet(address, Number(prefix ?? 128), 'ipv6');
  }
  return (address) => {
    const version = isIP(address);
    return version === 4 ? v4.check(address, 'ipv4') : version === 6 && v6.check(address, 'ipv6');
  };
}

export const isLoopback = networkList(['127.0.0.0/8', '::1']);

/** Global unicast. Of IPv6 only 2000::/3 is: mapped, NAT64, unique local and link local addresses lie outside of it. */
export function isPublic(address: string): boolean {
  return isAssigned(address) && !isSpecial(address);
}

const isAssigned = networkList(['0.0.0.0/0', '2000::/3']);

/** The special-purpose registries of IANA (RFC 6890), as far as they lie inside what is assigned. */
const isSpecial = networkList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Teredo, ORCHID and other protocol assignments; documentation; 6to4, which carries an IPv4 address.
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]);
