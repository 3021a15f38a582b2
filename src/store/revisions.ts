// What many keep in memory and read again when its revision is another.

/** Rows of the table `revision`. */
export type Revised = 'suspensions' | 'approvals';
