// Addresses we would fetch from: https, or http on loopback where that is allowed.

import { addressRule } from '../../trust/addresses.ts';
import { addressFault, isLoopbackHttp } from '../addresses.ts';
import type { ConfigFile, DomainFile, Files } from '../files.ts';
import type { Fault, Path } from '../problems.ts';

export function checkNetwork(files: Files): readonly Fault[] {
  const { main, domains } = files;
  const { loopback_http: allowed } = main.config.network;
  const places = [{ file: main, path: ['issuer'], address: main.config.issuer }, ...domains.flatMap(addressesOf)];
  return [
    ...allowEntries(main),
    ...places.flatMap(({ file, path, address }) => {
      const plain = isLoopbackHttp(address) && !allowed;
      const message = plain
        ? 'is http; `network.loopback_http: true` in crossgrant.yaml allows it'
        : addressFault(address);
      return message === undefined ? [] : [{ file, path, message }];
    }),
  ];
}

type AddressPlace = { readonly file: ConfigFile<unknown>; readonly path: Path; readonly address: string };

function addressesOf(file: DomainFile): readonly AddressPlace[] {
  const { issuer, keys, subjects } = file.config;
  const endpoint = subjects?.introspection?.endpoint;
  return [
    { file, path: ['issuer'], address: issuer },
    ...(keys && 'url' in keys ? [{ file, path: ['keys', 'url'], address: keys.url }] : []),
    ...(endpoint === undefined ? [] : [{ file, path: ['subjects', 'introspection', 'endpoint'], address: endpoint }]),
  ];
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
