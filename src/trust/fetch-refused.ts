// Why a fetch brought no answer: a closed list of faults, and the sorting of what Node throws into it.

export type FetchFault =
  | 'url'
  | 'address'
  | 'redirect'
  | 'timeout'
  | 'busy'
  | 'too_large'
  | 'media_type'
  | 'connection'
  | 'tls';

/** Why there is no answer. The message is for the operator: it names the place and never quotes the body. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused';
  readonly fault: FetchFault;

  constructor(fault: FetchFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/**
 * The FetchRefused for what was thrown on the way to or from `place`; a bug of ours, known by having no code, stays one.
 * Not kept as its cause: Node attaches received bytes to parse errors, and certificates to others.
 */
export function asRefused(error: unknown, place: string, signal: AbortSignal): unknown {
  if (error instanceof FetchRefused) return new FetchRefused(error.fault, `${place}: ${error.message}`);
  if (signal.aborted) return new FetchRefused('timeout', `${place}: no whole answer in time`);
  if (!(error instanceof Error && 'code' in error)) return error;
  const code = String(error.code);
  // A host with several addresses fails with an error that gathers their errors, and has no message itself.
  return new FetchRefused(tlsCode.test(code) ? 'tls' : 'connection', `${place}: ${error.message || code}`);
}

/** Codes of Node's TLS layer, of OpenSSL, and of its certificate verification (X509_V_ERR_…). */
const tlsCode =
  /^(?:ERR_TLS|ERR_SSL|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|HOSTNAME_|PATH_LENGTH_)/;
