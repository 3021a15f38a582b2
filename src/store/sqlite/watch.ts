// Hears that another process changed the signing keys: SQLite tells nobody, so somebody has to look.

/** How often we look: a change is known this much later at most. One look is a few microseconds. */
const everyMs = 250;

/**
 * Calls `heard` when `newest` has another answer than before; a look that fails is taken again at the next turn.
 * Returns how to stop. Keeps no process alive.
 */
export function watchKeys(newest: () => string | undefined, heard: () => void): () => void {
  let known = newest();
  const timer = setInterval(() => {
    const seen = look();
    if (seen === known) return;
    known = seen;
    heard();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);

  function look(): string | undefined {
    try {
      return newest();
    } catch {
      return known;
    }
  }
}
