// A client id that is a URL, under which the client describes itself (draft-ietf-oauth-client-id-metadata-document §3).

import { limits } from '../protocol/limits.ts';
import { isLoopback } from './addresses.ts';

/** The host with its port, unless that is the usual one, as a configuration names it. */
export type ClientIdUrl = { readonly url: string; readonly host: string };

/** Servers that decode these before they look for a path would show a document of another path than the one compared here. */
const hiddenPath = /%(?:2e|2f|5c)/i;

/**
 * Reads a client id as a URL; undefined when it is none. Only the one spelling that WHATWG URL keeps as it is counts: no
 * user name, fragment, dot segment, default port or capital in the host, so that comparing text is comparing places. A query
 * the draft only advises against; a page that echoes one could be made to say anything. `loopbackHttp`: http will do there.
 */
export function readClientIdUrl(clientId: string, loopbackHttp: boolean): ClientIdUrl | undefined {
  if (clientId.length > limits.identifier || !/^https?:\/\//.test(clientId) || !URL.canParse(clientId))
    return undefined;
  const { href, protocol, host, hostname, username, password } = new URL(clientId);
  if (href !== clientId || /[?#]/.test(clientId) || hiddenPath.test(clientId)) return undefined;
  if (username !== '' || password !== '') return undefined;
  if (protocol === 'http:' && !(loopbackHttp && isHere(hostname))) return undefined;
  return { url: clientId, host };
}

const isHere = (hostname: string) => hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
