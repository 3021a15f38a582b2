// What of a bundle was said yes to. What the other side asks for is nothing before that.

/** Absent: not said yes to. */
export type Consent = {
  /** Their agents may come here. */
  readonly accept?: {
    /** Ids out of the bundle; absent: all it brings. */
    readonly clients?: readonly string[];
    /** Resources of ours; absent: those they ask for. */
    readonly resources?: readonly string[];
    /** Scope as their grants carry it → what we call it; absent: those they ask for that we have under the same name. */
    readonly scopes?: Readonly<Record<string, string>>;
    readonly subject?: string;
  };
  /** Ours may go there. */
  readonly send?: {
    /** Our client → its id there; absent: those they have registered by keys of ours. */
    readonly clients?: Readonly<Record<string, string>>;
    /** Resources of theirs; absent: those they offer. */
    readonly resources?: readonly string[];
    /** Scope as asked here → what they call it; absent: those they offer, under their names. */
    readonly scopes?: Readonly<Record<string, string>>;
    readonly subject?: string;
  };
};
