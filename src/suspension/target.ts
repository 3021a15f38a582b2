// What an operator wants to stop: what the store knows it as, and what people call it.

import type { Suspendable } from '../store/store.ts';

export type Target = {
  readonly suspendable: Suspendable;
  /** By names of the configuration: `contoso`, `travel-agent`, `alice of login`. */
  readonly name: string;
  /** What the store finds its tokens by beside that: the name of a domain, the `sub` of a subject of ours; else null. */
  readonly alias: string | null;
};

/** `domain contoso`, as records and answers to operators say it. */
export const called = ({ suspendable: { kind }, name }: Target) => `${kind} ${name}`;
