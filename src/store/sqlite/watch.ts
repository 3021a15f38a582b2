// Hears that another process changed what all follow: SQLite tells nobody, so somebody has to look.

import type { Database } from 'better-sqlite3';
import { whenNeeded } from './when-needed.ts';

/** How often we look, unless told otherwise: a change is known this much later at most. One look is a few microseconds. */
const lookEveryMs = 250;

/** Answers another text after each change of what is watched; to be asked inside a read. */
export function openLook(client: Database): () => string | undefined {
  const look = whenNeeded(() =>
    client
      .prepare<[], string>(
        `SELECT coalesce((SELECT kid FROM signing_key ORDER BY position DESC LIMIT 1), '')
                || ' ' || coalesce((SELECT max(version) FROM config_version), 0)
                || ' ' || coalesce((SELECT group_concat(value, ' ') FROM (SELECT value FROM revision ORDER BY name)), '')`,
      )
      .pluck(),
  );
  return () => look().get();
}

/**
 * Calls `heard` when `newest` has another answer than before; a look that fails is taken again at the next turn.
 * Returns how to stop. Keeps no process alive.
 */
export function watchChanges(newest: () => string | undefined, heard: () => void, everyMs = lookEveryMs): () => void {
  let known: string | undefined;
  known = look();
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
