// Around every path: what is refused is recorded and answered, and what takes too long is answered before it ends.

import type { Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { Refusal } from '../protocol/refusal.ts';
import { type Answer, answerRefusal } from './respond.ts';
import { recordRefusal } from './steps.ts';

/**
 * The answer of `work`, or that to its refusal. When `broker.requestMs` have passed it is 503 `request.deadline`: a store or
 * partner that hangs must not hold our callers too. The work goes on: a commit under way stands under the same trace id,
 * one that had not begun then is not made (token/commit.ts).
 */
export function answerInTime(trace: Trace, broker: Broker, work: () => Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      trace.late = true;
      resolve(answerRefusal(new Refusal('request.deadline', { expected: broker.requestMs }), trace, broker));
    }, broker.requestMs);
    // A process that has stopped does not wait for it.
    timer.unref();
    void answerFully(trace, broker, work)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

async function answerFully(trace: Trace, broker: Broker, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    return answerRefusal(await recordRefusal(error, trace, broker), trace, broker);
  }
}
