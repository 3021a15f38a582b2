// Which headers go on and which come back: credentials, cookies and what is about one connection stay where they are.

/** About one connection (RFC 9110 §7.6.1), or about the body, which is sent anew. */
const ofConnection = [
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'http2-settings',
  ],
  ...['host', 'content-length', 'expect', 'accept-encoding', 'content-encoding'],
] as const;

/** Who asks is proved by the partner's token alone; what a proxy before us said of the caller is not the partner's business. */
const ofCaller = [
  ...['authorization', 'proxy-authorization', 'proxy-authenticate', 'dpop', 'cookie', 'cookie2', 'client-cert'],
  ...['client-cert-chain', 'forwarded', 'via', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'signature'],
  ...['signature-input', 'crossgrant-trace-id', 'origin', 'referer'],
  // Another method or path than the one that was looked up in the allow-list.
  ...['x-http-method', 'x-http-method-override', 'x-method-override', 'x-original-url', 'x-rewrite-url'],
] as const;

const staysHere: ReadonlySet<string> = new Set([...ofConnection, ...ofCaller]);

/** What the upstream says to browsers of its own site would count for ours. */
const staysThere: ReadonlySet<string> = new Set([
  ...ofConnection,
  ...['set-cookie', 'set-cookie2', 'dpop-nonce', 'strict-transport-security', 'public-key-pins', 'alt-svc'],
  ...['clear-site-data', 'service-worker-allowed', 'refresh', 'proxy-authenticate', 'location', 'content-location'],
  ...['access-control-allow-origin', 'access-control-allow-credentials', 'content-security-policy', 'link'],
  // The trace is ours: two of them in one header would be none.
  'crossgrant-trace-id',
]);

/** Headers that go on to the upstream; `headers` as they came, by lower-case name. */
export function forwarded(headers: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, string>> {
  const named = connectionOptions(headers.get('connection') ?? []);
  const kept = [...headers].filter(
    ([name]) => !staysHere.has(name) && !named.has(name) && !name.startsWith('x-forwarded-') && !name.startsWith(':'),
  );
  return Object.fromEntries(kept.map(([name, values]) => [name, values.join(', ')]));
}

/** Headers that come back, and what keeps a page of the partner from being one of ours. */
export function returned(headers: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const named = connectionOptions([headers.get('connection') ?? '']);
  const kept = [...headers].filter(
    ([name]) => !staysThere.has(name) && !named.has(name) && !name.startsWith('access-control-'),
  );
  return {
    'cache-control': 'no-store',
    ...Object.fromEntries(kept),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  };
}

/** RFC 9110 §7.6.1: headers that somebody on the way declared to be about the connection. */
function connectionOptions(values: readonly string[]): ReadonlySet<string> {
  return new Set(values.flatMap((value) => value.split(',')).map((name) => name.trim().toLowerCase()));
}
