// Access tokens of partners that stay here: callers hold handles, and only we can tell what is behind one.

/** `sealed` is the token encrypted under the operator's key; whose it is and whether it counts says the issued token of the same `jti`. */
export type ForeignTokenRow = {
  readonly jti: string;
  readonly sealed: string;
  /** Seconds since the epoch; swept after it. */
  readonly expiresAt: number;
};

export type ForeignTokenRows = {
  /** Keeps a token before its handle is issued; one whose handle never was serves nobody. */
  keepForeignToken(row: ForeignTokenRow): Promise<void>;
  findForeignToken(jti: string): Promise<ForeignTokenRow | undefined>;
};
