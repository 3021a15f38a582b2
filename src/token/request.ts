// The request, read once at the door; no later step sees the form.

import { refuse } from '../protocol/refusal.ts';
import { type Form, readForm, singleHeader } from './form.ts';
import type { Incoming } from './types.ts';

export type TokenRequest = {
  readonly form: Form;
  readonly authorization: string | undefined;
  /** Every DPoP header sent; more than one is the proof step's to refuse (RFC 9449 §4.3). */
  readonly dpop: readonly string[];
};

/** Parameters by name as a grant or endpoint declares them: one value each, the repeatable ones as lists. */
export type Asked<P extends string> = { readonly [name in P]: string | undefined } & {
  readonly resource: readonly string[];
  readonly audience: readonly string[];
};

/** Reads method, headers and form, or refuses with `request.*`. */
export function readRequest(incoming: Incoming): TokenRequest {
  const authorization = singleHeader(incoming, 'authorization');
  return { form: readForm(incoming), authorization, dpop: incoming.headers.get('dpop') ?? [] };
}

/** One parameter, undefined when it was not sent or empty. */
export function parameter(request: TokenRequest, name: string): string | undefined {
  return request.form.get(name)?.[0];
}

/** The parameters somebody declares, and nothing else. */
export function pick<P extends string>(request: TokenRequest, names: readonly P[]): Asked<P> {
  const single = Object.fromEntries(names.map((name) => [name, parameter(request, name)])) as Record<
    P,
    string | undefined
  >;
  return { ...single, resource: request.form.get('resource') ?? [], audience: request.form.get('audience') ?? [] };
}

/** A parameter that has to be there. */
export function required(value: string | undefined, name: string): string {
  return value ?? refuse('request.parameter_missing', { expected: name });
}
