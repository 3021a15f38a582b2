// A memory that cannot be filled: neither by many things nor by large ones.

import { describe, expect, it } from 'vitest';
import { boundedMemory } from '../../src/protocol/memory.ts';

const keptOf = (memory: { get(key: string): unknown }, names: string) =>
  [...names].filter((name) => memory.get(name) !== undefined).join('');

describe('a memory for so many things', () => {
  it('forgets the one that was used longest ago', () => {
    const memory = boundedMemory<number>({ max: 3 });
    for (const name of 'abc') memory.set(name, 1);
    memory.get('a');
    memory.set('d', 1);
    expect(keptOf(memory, 'abcd')).toBe('acd');
    memory.set('c', 2);
    expect(keptOf(memory, 'abcd')).toBe('acd');
    memory.delete('c');
    memory.set('e', 1);
    expect(keptOf(memory, 'abcde')).toBe('ade');
    memory.clear();
    expect(keptOf(memory, 'abcde')).toBe('');
  });
});

describe('a memory for so many things of so much together', () => {
  const open = () => boundedMemory<{ size: number }>({ max: 4, maxSize: 10, size: ({ size }) => size });

  it('makes room for a large one by as many as it takes', () => {
    const memory = open();
    for (const name of 'abc') memory.set(name, { size: 3 });
    memory.set('d', { size: 5 });
    expect(keptOf(memory, 'abcd')).toBe('cd');
  });

  it('does not keep what is larger than all of it', () => {
    const memory = open();
    memory.set('a', { size: 11 });
    expect(keptOf(memory, 'a')).toBe('');
  });

  it('holds no more than so many, however small', () => {
    const memory = open();
    const names = 'abcdefghij';
    for (const name of names) memory.set(name, { size: 0 });
    expect(keptOf(memory, names).length).toBeLessThanOrEqual(4);
    expect(keptOf(memory, names)).toMatch(/hij$/);
  });
});
