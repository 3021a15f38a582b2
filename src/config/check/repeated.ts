// What is there twice: names that must lead to one thing only.

/** Every item whose key an earlier one has, with the first that has it. There can be thousands: none is compared with each. */
export function repeated<T>(items: readonly T[], keyOf: (item: T) => string): readonly { item: T; first: T }[] {
  const known = new Map<string, T>();
  return items.flatMap((item) => {
    const key = keyOf(item);
    const first = known.get(key);
    if (first !== undefined) return [{ item, first }];
    known.set(key, item);
    return [];
  });
}
