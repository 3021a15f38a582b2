// The name somebody probably meant.

/** `did you mean "algs"?`, or undefined when nothing is near: `most` slips of the keyboard away, by default one in three letters. */
export function suggest(written: string, known: Iterable<string>, most?: number): string | undefined {
  const name = nearestName(written, known, most);
  return name === undefined ? undefined : `did you mean "${name}"?`;
}

/** The known name nearest to what was written; undefined when none is near, or it is one of them. */
export function nearestName(
  written: string,
  known: Iterable<string>,
  most = Math.max(1, Math.floor(written.length / 3)),
): string | undefined {
  const word = written.toLowerCase();
  const ranked = [...known]
    .map((name) => ({ name, other: name.toLowerCase() }))
    // No less than the difference in length, which costs nothing to see.
    .filter(({ name, other }) => Math.abs(other.length - word.length) <= most && name !== written)
    .map(({ name, other }) => ({ name, distance: editDistance(word, other) }))
    .filter(({ distance }) => distance <= most)
    .sort((left, right) => left.distance - right.distance);
  return ranked[0]?.name;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = above;
    above = current;
  }
  return above[right.length] ?? 0;
}
