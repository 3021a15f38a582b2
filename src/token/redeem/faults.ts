// Why a partner gave no token: it said no, it could not answer, or its answer is not one.

import type { JsonObject } from '../../jose/json.ts';

/** It decided against the request (RFC 6749 §5.2): asking again would not help. */
export class PartnerRefused extends Error {
  override readonly name = 'PartnerRefused';
  readonly status: number;
  /** Its error code, in the character set of RFC 6749 §5.2; `unknown` for anything else. */
  readonly error: string;
  readonly answer: JsonObject;
  constructor(status: number, answer: JsonObject) {
    const { error } = answer;
    const code = typeof error === 'string' && /^[a-z0-9_.-]{1,64}$/.test(error) ? error : 'unknown';
    super(`it refuses with ${status} ${code}`);
    this.status = status;
    this.error = code;
    this.answer = answer;
  }
}

/** It did not answer, or said that it cannot right now. */
export class PartnerBusy extends Error {
  override readonly name = 'PartnerBusy';
  /** Seconds it asked for, when it said so. */
  readonly retryAfter: number | undefined;
  constructor(message: string, retryAfter?: string) {
    super(message);
    this.retryAfter = retryAfter !== undefined && /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  }
}

/** It answered with something that is no answer; the message never quotes it. */
export class AnswerUnusable extends Error {
  override readonly name = 'AnswerUnusable';
}
