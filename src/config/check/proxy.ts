// Handles and the proxy: a handle nobody could use is a mistake, and so is an upstream no token goes to.

import { addressFault } from '../addresses.ts';
import type { DomainFile, Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { sendSites } from '../rule-sites.ts';

export function checkProxy(files: Files): readonly Fault[] {
  return [...handlesWithoutProxy(files), ...files.domains.flatMap((file) => upstreamFaults(file, files))];
}

function handlesWithoutProxy(files: Files): readonly Fault[] {
  return sendSites(files)
    .filter(({ rule, file }) => rule.redeem?.return === 'handle' && file.config.proxy === undefined)
    .map(({ file, path }) => ({
      file,
      path: [...path, 'redeem', 'return'],
      message: 'needs `proxy.upstreams` in this file: a handle is good nowhere else',
    }));
}

function upstreamFaults(file: DomainFile, files: Files): readonly Fault[] {
  const { loopback_http: loopbackHttp } = files.main.config.network;
  const known = sendSites({ domains: [file] }).flatMap(({ rule }) => rule.resources);
  return (file.config.proxy?.upstreams ?? []).flatMap(({ origin, resource }, at) => {
    const path = ['proxy', 'upstreams', at];
    const address = addressFault(origin, loopbackHttp);
    const foreign = resource !== undefined && !known.includes(resource);
    return [
      ...(address === undefined ? [] : [{ file, path: [...path, 'origin'], message: address }]),
      ...(foreign
        ? [{ file, path: [...path, 'resource'], message: 'is no resource of a `send` rule of this file' }]
        : []),
    ];
  });
}
