// `proxy`: which servers of a domain callers reach through us, with handles in place of tokens.

import { z } from 'zod';
import { proxiedMethods } from '../../trust/upstream.ts';
import { resourceUri } from './values.ts';

/** Compared as text, so that only one spelling of a path is one. */
const prefix = z.string().regex(/^\/(?:[\w~!$&'()*+,=:@-][\w.~!$&'()*+,=:@-]*\/?)*$/, {
  error: 'must be a path such as /v1/events: no dot segments, no query, nothing percent-encoded',
});

const upstream = z.strictObject({
  origin: z
    .url()
    .refine((value) => URL.canParse(value) && new URL(value).origin === value, {
      error: 'must be an origin: scheme and host, and a port where it is not the usual one',
    })
    .describe('Where requests go'),
  paths: z.array(prefix.describe('prefix')).min(1).describe('What may be called there: these paths and all below them'),
  methods: z.array(z.enum(proxiedMethods)).min(1).default(['GET', 'HEAD']).describe('And by which methods'),
  resource: resourceUri
    .optional()
    .describe('Tokens for this resource alone go there; absent: every token of the domain'),
});

export const proxy = z.strictObject({
  upstreams: z.array(upstream).min(1).describe('The first that fits method, path and token gets the request'),
});
