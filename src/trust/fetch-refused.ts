// Why a fetch brought no answer: a closed list of faults, and the sorting of what Node throws into it.

export type FetchFault = 'url' | 'address' | 'redirect' | 'timeout' | 'too_large' | 'media_type' | 'connection' | 'tls';

/** Why there is no answer. The message is for the operator: it names the place, and never quotes what came from there. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused';
  readonly fault: FetchFault;

  constructor(fault: FetchFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}

/** Sorts `error`, thrown on the way to or from `place`, by its fault. */
export function asRefused(error: unknown, place: string, signal: AbortSignal): FetchRefused {
  if (error instanceof FetchRefused) return new FetchRefused(error.fault, `${place}: ${error.message}`);
  if (signal.aborted) return new FetchRefused('timeout', `${place}: no whole answer in time`);
  const message = error instanceof Error ? error.message : 'failed';
  return new FetchRefused(isTlsFault(error) ? 'tls' : 'connection', `${place}: ${message}`, error);
}

/** Codes of Node's TLS layer, of OpenSSL, and of its certificate verification (X509_V_ERR_…). */
const tlsCode =
  /^(?:ERR_TLS|ERR_SSL|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|HOSTNAME_|PATH_LENGTH_)/;

function isTlsFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && tlsCode.test(error.code);
}
