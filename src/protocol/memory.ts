// A memory for so many things and no more: who was used longest ago makes room. It takes no room itself before it holds anything.

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

/** Room for all of it is taken at once, which costs milliseconds: that is left until the first is kept. */
export function boundedMemory<Value extends object | number>(limits: MemoryLimits<Value>): Memory<Value> {
  let cache: LRUCache<string, Value> | undefined;
  return {
    get: (key) => cache?.get(key),
    set(key, value) {
      cache ??= open(limits);
      cache.set(key, value);
    },
    delete: (key) => void cache?.delete(key),
    clear: () => cache?.clear(),
  };
}

function open<Value extends object | number>(limits: MemoryLimits<Value>): LRUCache<string, Value> {
  if (!('size' in limits)) return new LRUCache(limits);
  const { size, ...bounds } = limits;
  return new LRUCache({ ...bounds, sizeCalculation: size });
}
