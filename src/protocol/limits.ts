// Every size, skew and lifetime of the product, each with its reason. Bytes and seconds unless the name says otherwise.

export const limits = {
  /** A token request carries at most two tokens and a client assertion; larger bodies are an attack or a mistake. */
  requestBody: 64 * 1024,
  /** A JWT longer than this is refused before it is decoded. */
  jwt: 16 * 1024,
  /** Parameters in one form; a real request has fewer than fifteen. */
  formParameters: 64,
  /** Nesting of any JSON that came from outside: deeper input only serves to exhaust the stack. */
  jsonDepth: 16,
  /** Scope values in one request. */
  scopes: 100,
  /** `resource` values in one request (RFC 8707 §2 lets it repeat). */
  resources: 10,
  /** Objects in one `authorization_details`. */
  authorizationDetails: 20,
  /** Identifiers (`jti`, `sub`, `client_id`): RFC 9449 §11.1 advises a bound on what is remembered. */
  identifier: 255,
  /** An actor chain longer than this is refused, never truncated (actor profile §3.5 asks for at least 4). */
  actorDepth: 4,

  /** `iat` and `nbf` may lie this far ahead: FAPI 2.0 §5.3.2.1 wants 10 accepted and 60 refused. */
  clockAhead: 30,
  /** `exp` may have passed this long ago. */
  clockBehind: 10,
  /** A client assertion lives at most this long (RFC 7523 §3 item 4 lets a server say so). */
  clientAssertionLifetime: 300,
  /** A subject token that lives longer than a day is a password by another name. */
  subjectTokenLifetime: 86_400,
  /** A DPoP proof is fresh this long (RFC 9449 §11.1). */
  dpopProofAge: 60,
  /** One slot of a DPoP nonce; the current and the one before are good (RFC 9449 §8). */
  dpopNonceSlot: 300,
  /** An issued access token or grant lives at most this long, whatever a rule says. */
  issuedLifetime: 3600,
  /** `max-age` of metadata and JWKS; a new key is published at least twice as long before it signs. */
  metadataMaxAge: 300,

  /** Days before a trust ends from which on operators are told: time to agree with the partner on another year. */
  trustNoticeDays: 30,
  /** And from which on it is urgent: a pull request and a release take some of them. */
  trustUrgentDays: 7,

  /** Free bytes on the disk of an SQLite store below which an operator is told: a week of a busy broker. */
  diskNotice: 1024 * 1024 * 1024,
  /** And below which it is urgent: the write-ahead log alone may take this much. */
  diskUrgent: 128 * 1024 * 1024,
  /** Days after which a trial is worth a question: a month brings whatever comes once a month. */
  trialLongDays: 30,
  /** Days after which keys of a partner that never changed are worth a question: most change theirs within a year. */
  keysOldDays: 400,

  /** Milliseconds a request waits for what rules in report-only would say of it: nobody is answered later for them than he would notice. */
  trialMs: 250,

  /** Days for which it is counted what was used: half a year tells whether a trust is still needed, a rare yearly job excepted. */
  usageDays: 180,

  /** A partner bundle: our keys and those of some hundred agents. Read by an operator's command, never by the broker. */
  bundle: 256 * 1024,

  /** Verified tokens remembered by their hash, so that the same one again costs no second verification. */
  seenTokens: 10_000,
  /** Characters of all of them together: long tokens must not make the memory large. */
  seenTokenChars: 8 * 1024 * 1024,
  /** Keys of DPoP proofs remembered: importing one costs as much as a signature. */
  proofKeys: 10_000,
  /** Characters of a JWK that is worth remembering: an RSA key of 4096 bits has 740. */
  proofKeyChars: 1024,

  /** A request that takes longer inside is answered 503, in milliseconds: callers give up after ten to thirty seconds. */
  requestMs: 10_000,

  /** Requests of one client, unless configured: a third of what a core does, so that one agent in a loop leaves room for all. */
  clientRate: { perSecond: 1000, burst: 2000 },
  /** Refusals of one address before anybody is known: guessing a secret takes for ever, a fleet that restarts gets through. */
  strangerRate: { perSecond: 5, burst: 100 },
  /**
   * How much of a failure it is to be asked for a DPoP nonce, as every client is now and then, or to be a public client, whose
   * name anybody can say: no failure, but a verification for somebody unknown.
   */
  harmlessShare: 0.1,
  /** Addresses whose failures are counted, and as many pairs of address and client: 300 bytes each; the oldest make room. */
  countedAddresses: 20_000,

  /** Lines of the log that say the same, in a second: enough to see a pattern, too few to fill a disk. */
  logRepeats: 20,

  /** A partner's metadata document. */
  fetchedMetadata: 64 * 1024,
  /** A partner's JWKS: room for a thousand keys. */
  fetchedJwks: 512 * 1024,
  /** The metadata document of a client: what draft-ietf-oauth-client-id-metadata-document §6.6 recommends. */
  fetchedClientMetadata: 5 * 1024,
  /** Documents remembered for each host that may show some, and as many ids of it that had none: 10 KB each at most. */
  clientDocuments: 1000,
  /**
   * New client ids looked up at one host: twice what one address may fail, so that no single stranger can keep new clients
   * of a host waiting. Clients that are known take nothing from it.
   */
  clientDocumentRate: { perSecond: 10, burst: 100 },
  /** An introspection answer. */
  fetchedIntrospection: 64 * 1024,
  /** The answer to a grant we redeem. */
  fetchedToken: 64 * 1024,
  /** A partner's access token without `expires_in` is taken to live so long. */
  foreignTokenLifetime: 60,
  /** Partners' access tokens kept to serve equal wishes again: 1 KB each as a rule. */
  foreignTokens: 10_000,
  /** Characters of all of them together: long tokens must not make the memory large. */
  foreignTokenChars: 8 * 1024 * 1024,
  /** A kept token that ends sooner is not handed out any more: the call it is for would find it expired. */
  foreignTokenMargin: 15,
  /** A request through the proxy, and an answer: held in memory whole, thirty of each at most in one connection pool. */
  proxiedRequest: 1024 * 1024,
  proxiedAnswer: 4 * 1024 * 1024,
  /** An upstream gets this long for a whole answer, in milliseconds: below requestMs, so that the caller is told why. */
  proxyMs: 9_000,
  /** All tries to redeem one grant for a caller, in milliseconds: below requestMs, so that he is told. */
  redeemMs: 8_000,
  /** One of them. */
  redeemTryMs: 4_000,
  /** Tries, as long as the partner only cannot answer. */
  redeemTries: 3,
  /** The pause before the second try, in milliseconds; doubled before the third. */
  redeemPauseMs: 200,
  /** Redemptions in a row that a partner could not answer; then it is left in peace. */
  breakerFaults: 5,
  /** For so long, in milliseconds; after that one caller tries for all. */
  breakerPauseMs: 10_000,
  /** What a partner says it would make of a grant of ours. */
  fetchedExplanation: 256 * 1024,
  /** A question to be explained, with a whole token request in it. */
  explainQuestion: 128 * 1024,
  /** A partner gets this long for a whole answer, in milliseconds: callers of ours wait meanwhile. */
  fetchTimeoutMs: 5000,
  /** Idle connections are closed before the five seconds after which many servers close them, in milliseconds. */
  fetchIdleMs: 4000,
  /** Connections to one host at once: a partner that stalls must not take all our sockets. */
  fetchConnections: 32,
  /** Fetches for one host under way, those waiting for a connection included: who comes after that is told at once to try again. */
  fetchesPerHost: 96,
  /** Requests that wait for the keys of one issuer: each is held in memory meanwhile, and a busy cold start brings fewer. */
  keyWaiters: 256,
  /** An unknown `kid` causes at most one refetch per issuer in this time: made-up ids must not flood the issuer. */
  jwksCooldown: 60,
  /** Keys are fetched again after this time even when the partner allows longer. */
  jwksMaxAge: 3600,
  /** And at least this long they are kept, even when the partner allows less. */
  jwksMinAge: 60,
  /** `max-age` of a partner who gives none. */
  jwksDefaultAge: 300,
  /** After a failure the partner has this much peace before the next try. */
  jwksRetry: 30,
  /** How long keys that could once be fetched still serve while their issuer does not answer. */
  jwksLastGood: 86_400,
  /** Keys that were asked for within this time are fetched in the background before they are stale. */
  keysInUse: 86_400,
  /** Documents of clients likewise: there are many more of them. */
  documentsInUse: 3600,
  /** Fetches in the background at once: a thousand partners in five minutes, and requests hardly notice. */
  backgroundFetches: 16,
  /** Of those whose last fetch failed: each may take all of fetchTimeoutMs, and must not hold up the others. */
  backgroundRetries: 4,
  /** Keys noted for approval from one fetch: a rotation brings one or two. */
  notedKeys: 16,
  /** Key sets taken from the store in a second after a start. */
  wakings: 100,
  /** Processes that start together fetch what they found in the store spread over this time. */
  wakeSpread: 10,

  /** A version that a process could not use is tried again after this time, in milliseconds: a missing secret may have come. */
  versionRetryMs: 30_000,
  /** Versions that a process tries when it starts, from the newest on: those that run answer by one of these. */
  versionsTried: 10,

  /** How long a resource believes that a token is alive unless it says otherwise: short for whoever revokes, long for a loop of calls. */
  livenessCache: 10,
  /** Answers a resource remembers: more tokens than are in use within a cache time, and a megabyte or two. */
  livenessAnswers: 10_000,
  /** After an issuer failed to answer it has this much peace, in milliseconds; all that while a resource refuses, so not longer. */
  livenessRetryMs: 1000,
} as const;

/** What one listener bears. Milliseconds where the name says so; a test may make them small. */
export const listenLimits = {
  /** All headers of a request: a DPoP proof and Basic credentials take four; the most a browser-sized cookie jar adds. */
  headerBytes: 16 * 1024,
  /** Header lines of a request. Node drops what is above its own bound in silence, and a dropped one might be Authorization. */
  headers: 100,
  /** Connections in all: each can make us keep its headers and body, 80 KB at worst, so a third of a gigabyte. */
  connections: 4096,
  /** And from one address (IPv6: one /64): eight attackers it takes at least to fill the listener. */
  connectionsPerAddress: 512,
  /** Then a connection has to be made anew: behind a balancer they would stick to the processes that started first. */
  requestsPerConnection: 10_000,
  /** Requests under way on one connection: nobody honest pipelines deeper, and each costs memory until it is answered. */
  pipelined: 8,
  /** For a TLS handshake; Node would wait two minutes for a half-open one. */
  handshakeMs: 10_000,
  /** For all headers, the wait for the first byte of a new connection included (slowloris). */
  headersMs: 10_000,
  /** For headers and body: one that drips is cut. */
  wholeRequestMs: 15_000,
  /** How often Node looks whether a request is late; its own thirty seconds would make forty of the ten above. */
  timeoutCheckMs: 1_000,
  /** Without a byte in either direction while a request is under way: more than any answer takes, so it is a reader who stalls. */
  stalledMs: 30_000,
  /** How long what still comes is thrown away after an answer to what cannot be read, so that the answer arrives. */
  lingerMs: 500,
  /** An idle connection is kept this long: longer than load balancers keep theirs (60 s), or they would send into a closed one. */
  keepAliveMs: 75_000,
  /** At a stop, how long idle connections may still bring one more request before they are closed. */
  stopIdleMs: 1_000,
  /** And how long requests under way may take before they are cut; above limits.requestMs, so that each is answered. */
  stopGraceMs: 12_000,
} as const;

export type ListenLimits = { readonly [name in keyof typeof listenLimits]: number };
