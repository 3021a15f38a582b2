// Many things at once, but never more than so many.

/** What `work` makes of each, in the order given; `done` hears how many are finished. */
export async function inParallel<T, Result>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<Result>,
  done: (count: number) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  let finished = 0;
  const worker = async () => {
    for (const [at, item] of waiting) {
      results[at] = await work(item);
      finished += 1;
      done(finished);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
