// Declares entries: one for one kind of token, or a fault that tokens of several kinds can have.

import type { Reason } from '../protocol/refusal.ts';
import { type JwtFault, refusals } from '../protocol/refusals.ts';
import { type Kind, kinds } from './kinds.ts';
import type { Bad, Good } from './types.ts';

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** A bad token as it is declared. */
export type BadDraft = Optional<Omit<Bad, 'expect'>, 'needs' | 'core' | 'severity' | 'errors'>;
export type GoodDraft = Optional<Omit<Good, 'expect'>, 'needs' | 'severity'>;

/** Something that can be wrong with tokens of several kinds; its `id` is what stands behind the kind. */
export type Fault = Omit<BadDraft, 'kind' | 'errors' | 'reason'> & {
  readonly kinds: readonly Kind[];
  /** Our reason, or the second half of it where the first is the place the token is presented in. */
  readonly fault: JwtFault | Reason;
  /** What differs for a kind. */
  readonly per?: Partial<Record<Kind, Partial<Bad>>>;
};

/** What is left to say for each of a list, when `S` is said once for all. */
type Rest<T, S> = Omit<T, keyof S> & Partial<Pick<T, keyof S & keyof T>>;

/**
 * Declares a bad token. `errors` defaults to the codes of its kind, `severity` to `must`; `reason` matters where it is
 * tried at crossgrant. `make` departs from a good token in one way: `({ token }) => token({ tenant: 'another' })`.
 */
export function defineBad(draft: BadDraft): Bad {
  return { needs: [], core: false, severity: 'must', errors: kinds[draft.kind].errors, ...draft, expect: 'refuse' };
}

/** Declares a good token; `severity` defaults to `must`. */
export function defineGood(draft: GoodDraft): Good {
  return { needs: [], severity: 'must', ...draft, expect: 'accept' };
}

/** Bad tokens that share what `shared` says; each has the last word. */
export const badList = <S extends Partial<BadDraft>>(shared: S, drafts: readonly Rest<BadDraft, S>[]): readonly Bad[] =>
  withShared<BadDraft, S>(shared, drafts).map(defineBad);

/** Faults that share what `shared` says; each has the last word. */
export const faultList = <S extends Partial<Fault>>(shared: S, faults: readonly Rest<Fault, S>[]): readonly Fault[] =>
  withShared<Fault, S>(shared, faults);

function withShared<T, S extends Partial<T>>(shared: S, list: readonly Rest<T, S>[]): readonly T[] {
  // What an entry leaves out is in `shared`: Rest says so, in words TypeScript does not put together again.
  return list.map((entry) => ({ ...shared, ...entry }) as unknown as T);
}

/** The faults a kind of token can have, as entries of that kind. */
export function faultsOf(kind: Kind, faults: readonly Fault[]): readonly Bad[] {
  const { place } = kinds[kind];
  return faults
    .filter((fault) => fault.kinds.includes(kind))
    .map(({ kinds: _kinds, per, fault, ...draft }) =>
      defineBad({
        ...draft,
        kind,
        reason: isReason(fault) ? fault : reasonOf(`${place}.${fault}`),
        ...per?.[kind],
        id: `${kind}/${draft.id}`,
      }),
    );
}

function reasonOf(name: string): Reason {
  if (!isReason(name)) throw new Error(`no reason is called ${name}`);
  return name;
}

const isReason = (name: string): name is Reason => Object.hasOwn(refusals, name);
