// What a subject token reader is: one file per token type, each with a validator of its own.

import type { SubjectTokenKind } from '../../trust/domain.ts';
import type { GrantContext } from '../grants/types.ts';
import type { Subject } from '../types.ts';

/** In which parameter the token came; its refusals are named after it. */
export type Role = 'subject_token' | 'actor_token';

export type SubjectReader = {
  readonly kind: SubjectTokenKind;
  /** The `subject_token_type` (RFC 8693 §3). */
  readonly tokenType: string;
  readonly spec: string;
  /** Verifies the token as one this client may present; refuses with `<role>.*`. */
  read(token: string, role: Role, context: GrantContext): Promise<Subject>;
};
