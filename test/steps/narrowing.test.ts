// For all inputs: scopes and authorization details only ever shrink, and nothing but a Refusal is thrown.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/protocol/refusal.ts';
import { cut, type Detail, type DetailTypes, grantDetails, parseDetails } from '../../src/token/policy/details.ts';
import { grantScopes, parseScope } from '../../src/token/policy/scopes.ts';
import { anyCharacter } from '../support/any-text.ts';

/** What came of it; anything but a Refusal is a bug and passes through. */
function outcome<T>(work: () => T): { readonly value: T } | { readonly refused: string } {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.reason };
    throw error;
  }
}

const scope: fc.Arbitrary<string> = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'A',
  'B',
  'openid',
  'email',
  '__proto__',
  'constructor',
);
const scopes = fc.uniqueArray(scope, { maxLength: 6 });
const scopeRule = fc.record({
  scopes: fc
    .uniqueArray(fc.tuple(scope, scope), { selector: ([from]) => from, maxLength: 6 })
    .map((pairs) => new Map(pairs)),
  defaultScopes: fc.option(scopes, { nil: undefined }),
  narrowScopes: fc.boolean(),
});
const maybeScopes = fc.option(scopes, { nil: undefined });

describe('design §2.9: scopes', () => {
  it('granted are what the rule makes of scopes that were conveyed, and of nothing else', () => {
    fc.assert(
      fc.property(maybeScopes, maybeScopes, scopeRule, (wanted, conveyed, rule) => {
        const result = outcome(() => grantScopes(wanted, conveyed, rule));
        const granted = ('value' in result && result.value) || [];
        const reachable = [...rule.scopes]
          .filter(([from]) => conveyed === undefined || conveyed.includes(from))
          .map(([, to]) => to);
        expect(reachable).toEqual(expect.arrayContaining([...granted]));
        expect(new Set(granted).size).toBe(granted.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('granted were asked for, by one of their names, where anything was asked', () => {
    fc.assert(
      fc.property(scopes, maybeScopes, scopeRule, (wanted, conveyed, rule) => {
        const result = outcome(() => grantScopes(wanted, conveyed, rule));
        for (const granted of ('value' in result && result.value) || []) {
          const names = [...rule.scopes].filter(([, to]) => to === granted).map(([from]) => from);
          expect([granted, ...names].some((name) => wanted.includes(name))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('asked beyond the presented token are refused, unless the rule cuts them down', () => {
    fc.assert(
      fc.property(scopes, scopes, scopeRule, (wanted, conveyed, rule) => {
        const result = outcome(() => grantScopes(wanted, conveyed, { ...rule, narrowScopes: false }));
        if (!('value' in result)) return;
        const reachable = [...rule.scopes].filter(([from]) => conveyed.includes(from)).map(([, to]) => to);
        const signIn = ['openid', 'email'];
        const beyond = wanted.filter((name) => ![...conveyed, ...reachable, ...signIn].includes(name));
        expect(rule.scopes.size === 0 ? [] : beyond).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('never grow when less is conveyed', () => {
    // A name that means one scope here and another one there is taken for either; such rules are left out.
    const plainRule = scopeRule.filter(({ scopes: map }) =>
      [...map.values()].every((to) => (map.get(to) ?? to) === to),
    );
    const granted = (...asked: Parameters<typeof grantScopes>) => {
      const result = outcome(() => grantScopes(...asked));
      return ('value' in result && result.value) || [];
    };
    fc.assert(
      fc.property(maybeScopes, scopes, scopes, plainRule, (wanted, conveyed, fewer, rule) => {
        const narrowing = { ...rule, narrowScopes: true };
        const less = conveyed.filter((name) => fewer.includes(name));
        expect(granted(wanted, conveyed, narrowing)).toEqual(
          expect.arrayContaining([...granted(wanted, less, narrowing)]),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('are read from any text without a fault of ours', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: anyCharacter }), fc.string()), (text) => {
        const result = outcome(() => parseScope(text));
        if ('value' in result)
          expect(result.value.every((value) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value))).toBe(true);
      }),
    );
  });
});

const types: DetailTypes = new Map([
  [
    'payment',
    {
      name: 'payment',
      fields: new Map([
        ['actions', { compare: 'subset', required: false }],
        ['most', { compare: 'at_most', required: false }],
        ['account', { compare: 'equal', required: false }],
      ]),
    },
  ],
  ['bare', { name: 'bare', fields: new Map() }],
]);
const actions = fc.uniqueArray(fc.constantFrom('read', 'write', 'pay'), { minLength: 1 });
const payment = fc
  .record(
    {
      actions,
      most: fc.integer({ min: -3, max: 3 }),
      account: fc.constantFrom<unknown>('x', 'y', { id: 'x' }, ['x'], null),
    },
    { requiredKeys: [] },
  )
  .map((fields): Detail => ({ ...fields, type: 'payment' }));
const detail: fc.Arbitrary<Detail> = fc.oneof(payment, fc.constant({ type: 'bare' }), fc.constant({ type: 'unknown' }));
const details = fc.array(detail, { minLength: 1, maxLength: 4 });

const isStrings = (value: unknown): value is readonly string[] => Array.isArray(value);

/** `less` is no more than `more`: written down a second time, in other words than the code under test. */
function within(less: Detail, more: Detail): boolean {
  if (less.type !== more.type) return false;
  const { actions: someActions, most: some, account: mine } = less;
  const { actions: allActions, most: all, account: theirs } = more;
  const actionsFit =
    !isStrings(allActions) || (isStrings(someActions) && someActions.every((action) => allActions.includes(action)));
  const mostFits = typeof all !== 'number' || (typeof some === 'number' && some <= all);
  return actionsFit && mostFits && (theirs === undefined || JSON.stringify(mine) === JSON.stringify(theirs));
}

describe('design §2.9, RFC 9396: authorization details', () => {
  it('cut down are within what was asked and within the ceiling', () => {
    fc.assert(
      fc.property(detail, detail, (asked, ceiling) => {
        const left = cut(asked, ceiling, types);
        if (left === undefined) return;
        expect(within(left, asked)).toBe(true);
        expect(within(left, ceiling)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('within the ceiling already are left as they are, and cutting twice changes nothing', () => {
    fc.assert(
      fc.property(payment, payment, (asked, ceiling) => {
        const left = cut(asked, ceiling, types);
        if (left !== undefined) expect(cut(left, ceiling, types)).toEqual(left);
        if (within(asked, ceiling)) expect(left).toEqual(asked);
      }),
      { numRuns: 3000 },
    );
  });

  it('granted are each within something asked, something conveyed and something the rule allows', () => {
    const maybe = fc.option(details, { nil: undefined });
    fc.assert(
      fc.property(maybe, maybe, fc.array(detail, { maxLength: 4 }), (wanted, conveyed, most) => {
        const result = outcome(() => grantDetails(wanted, conveyed, most, types));
        const granted = ('value' in result && result.value) || [];
        const bounds = [wanted, conveyed, most].filter((bound) => bound !== undefined);
        const beyond = granted.filter((one) => !bounds.every((bound) => bound.some((ceiling) => within(one, ceiling))));
        expect(beyond).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('are left out only where nothing was asked and nothing conveyed; else something is granted, or all refused', () => {
    expect(grantDetails(undefined, undefined, [{ type: 'bare' }], types)).toBeUndefined();
    fc.assert(
      fc.property(details, fc.boolean(), fc.array(detail, { maxLength: 4 }), (asked, byToken, most) => {
        const result = outcome(() =>
          grantDetails(byToken ? undefined : asked, byToken ? asked : undefined, most, types),
        );
        if ('refused' in result) expect(result.refused).toBe('details.exceeded');
        else expect(result.value?.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('are read from any JSON and any text without a fault of ours', () => {
    const object = fc.record({ type: fc.constantFrom('payment', 'bare', 'x') }).chain((typed) =>
      fc.dictionary(fc.constantFrom('actions', 'most', 'account', 'toString', 'fee'), fc.jsonValue()).map((fields) => ({
        ...fields,
        ...typed,
      })),
    );
    const text = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.json(),
      fc.array(object).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (sent) => {
        const result = outcome(() => parseDetails(sent, types));
        if ('value' in result) expect(result.value.every(({ type }) => types.has(type))).toBe(true);
        else expect(result.refused).toMatch(/^details\./);
      }),
      { numRuns: 500 },
    );
  });
});
