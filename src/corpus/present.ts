// Presents what an entry makes, and reads from the answers what came of it.

import { type Answer, ask, isGranted, judge } from './answer.ts';
import { attemptsOf } from './mint.ts';
import { requestOf } from './request.ts';
import type { Entry, Result, Target, TokenKey, World } from './types.ts';

type Manner = {
  readonly holder: TokenKey;
  readonly stranger: World['stranger'];
  readonly patienceMs: number;
  readonly sleep: (ms: number) => Promise<unknown>;
};

type Tried = { readonly result: Result; readonly last: Answer };

/** Tries one entry after the other at a target, and keeps the DPoP nonce it gives out. */
export function presenter(target: Target, { holder, stranger, patienceMs, sleep }: Manner) {
  let nonce: string | undefined;

  async function tryOnce(entry: Entry): Promise<Tried> {
    const known = nonce;
    const world = { ...target, now: target.now(), holder, stranger, ...(known !== undefined && { nonce: known }) };
    const attempts = attemptsOf(entry, world);
    for (const [at, attempt] of attempts.entries()) {
      const last = await ask(requestOf(entry.kind, attempt, world, target), target);
      nonce = last.nonce ?? nonce;
      const { status, error, trace } = last;
      const result = { entry, status, error, requests: at + 1, ...(trace !== undefined && { trace }) };
      if (at === attempts.length - 1) return { result: { ...result, ...judge(entry, last) }, last };
      const why = `presentation ${at + 1} of ${attempts.length} was not granted`;
      if (!isGranted(last)) return { result: { ...result, outcome: 'failed', why }, last };
    }
    throw new Error(`${entry.id} makes nothing to present`);
  }

  /** Tries once more where the answer only asks for a nonce, or for time. */
  return async (entry: Entry): Promise<Result> => {
    const known = nonce;
    const { result, last } = await tryOnce(entry);
    const nonceAsked = last.error === 'use_dpop_nonce' && nonce !== known && !isAboutNonces(entry);
    const timeAsked = last.retryAfterMs !== undefined && last.retryAfterMs <= patienceMs && patienceMs > 0;
    if (!nonceAsked && !timeAsked) return result;
    if (timeAsked) await sleep(last.retryAfterMs ?? 0);
    const second = await tryOnce(entry);
    return { ...second.result, requests: result.requests + second.result.requests };
  };
}

const isAboutNonces = (entry: Entry) => entry.expect === 'refuse' && entry.errors.includes('use_dpop_nonce');
