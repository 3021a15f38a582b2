// What a kind of issued token is: one row that says its types and shape; claims/draft.ts fills it.

import type { SubjectTokenKind } from '../../trust/domain.ts';

export type IssuedKind = {
  /** Its short name in rules and records. */
  readonly name: 'id-jag' | 'jwt' | 'access_token';
  /** `issued_token_type` and `requested_token_type` (RFC 8693 §3). */
  readonly tokenType: string;
  /** JOSE `typ`; undefined where the specification gives none. */
  readonly typ: string | undefined;
  readonly spec: string;
  /** A grant goes to a partner's authorization server, an access token to a resource. */
  readonly goesTo: 'partner' | 'resource';
  /** Subject tokens it may be made from. */
  readonly madeFrom: readonly SubjectTokenKind[];
};
