// What comes to the proxy and what leaves it.

import type { Incoming } from '../token/types.ts';

export type ProxiedRequest = Omit<Incoming, 'body'> & {
  /** The request target as it was sent (RFC 9112 §3.2), or as near to that as can be had. */
  readonly target: string;
  /** Reads the body, once: only of a caller who may send it on, since a stranger's would fill the memory. */
  readonly readBody: () => Promise<Incoming['body']>;
};
