// Addresses we would fetch from: https, or http on loopback where that is allowed.

import { addressRule, networkList } from '../../trust/addresses.ts';
import { addressFault } from '../addresses.ts';
import type { ConfigFile, DomainFile, Files } from '../files.ts';
import type { Fault, Path } from '../problems.ts';

/** Addresses that could not be fetched from. */
export function checkNetwork(files: Files): readonly Fault[] {
  const { main, domains } = files;
  const { loopback_http: loopbackHttp } = main.config.network;
  const places = [{ file: main, path: ['issuer'], address: main.config.issuer }, ...domains.flatMap(addressesOf)];
  const faults = places.flatMap(({ file, path, address }) => {
    const message = addressFault(address, loopbackHttp);
    return message === undefined ? [] : [{ file, path, message }];
  });
  return [...allowEntries(main), ...proxyEntries(main), ...faults];
}

type AddressPlace = { readonly file: ConfigFile<unknown>; readonly path: Path; readonly address: string };

function addressesOf(file: DomainFile): readonly AddressPlace[] {
  const { issuer, subjects } = file.config;
  const endpoint = subjects?.introspection?.endpoint;
  return [
    { file, path: ['issuer'], address: issuer },
    ...(endpoint === undefined ? [] : [{ file, path: ['subjects', 'introspection', 'endpoint'], address: endpoint }]),
  ];
}

function proxyEntries(main: Files['main']): readonly Fault[] {
  return main.config.listen.trusted_proxies.flatMap((entry, at) => {
    if (isNetwork(entry)) return [];
    return [{ file: main, path: ['listen', 'trusted_proxies', at], message: 'is no network, such as 10.0.0.0/8' }];
  });
}

function isNetwork(entry: string): boolean {
  try {
    networkList([entry]);
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

function allowEntries(main: Files['main']): readonly Fault[] {
  return main.config.network.allow.flatMap((entry, at) => {
    try {
      addressRule({ loopbackHttp: false, allow: [entry] });
      return [];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [{ file: main, path: ['network', 'allow', at], message: 'is neither a network (CIDR) nor a host name' }];
    }
  });
}
