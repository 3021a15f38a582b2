// A memory for so many things and no more: who was used longest ago makes room.

import { LRUCache } from 'lru-cache';

export type Memory<Value extends object | number> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  clear(): void;
};

/** `size`: what one of them counts towards `maxSize`. */
export type MemoryLimits<Value> =
  | { readonly max: number }
  | { readonly max: number; readonly maxSize: number; readonly size: (value: Value) => number };

/**
 * Takes room as it is needed. The library's own `max` takes all of it at once: milliseconds and megabytes for what may never
 * come. So the number of things is a size, too, of which each has its share at least.
 */
export function boundedMemory<Value extends object | number>(limits: MemoryLimits<Value>): Memory<Value> {
  if (!('size' in limits)) return new LRUCache({ maxSize: limits.max, sizeCalculation: () => 1 });
  const { max, maxSize, size } = limits;
  const share = Math.ceil(maxSize / max);
  return new LRUCache({ maxSize, sizeCalculation: (value) => Math.max(share, size(value)) });
}
