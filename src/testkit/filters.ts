// What stands between whoever asks and whoever answers: passes on, changes, keeps, or answers itself. Faults are made of it.

/** Sees a request before it arrives and the answer before it leaves. */
export type Filter = (request: Request, next: Answers) => Promise<Response>;

export type Answers = (request: Request) => Promise<Response>;

export type Filters = {
  /** The answer takes it away again. */
  add(filter: Filter): () => void;
  /** Passes a request through all of them, the newest first, to `last`. */
  pass(request: Request, last: Answers): Promise<Response>;
  none(): boolean;
};

export function filterChain(): Filters {
  const filters = new Set<Filter>();
  return {
    add(filter) {
      // The same function may stand there twice.
      const own: Filter = (request, next) => filter(request, next);
      filters.add(own);
      return () => void filters.delete(own);
    },
    pass: (request, last) =>
      [...filters].reduce<Answers>((next, filter) => (asked) => filter(asked, next), last)(request),
    none: () => filters.size === 0,
  };
}
