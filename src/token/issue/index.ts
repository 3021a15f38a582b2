// The kinds of token this broker issues. A new one is one file and one line here; metadata and configuration follow.

import { accessToken } from './access-token.ts';
import { chainingJwt } from './chaining-jwt.ts';
import { idJag } from './id-jag.ts';
import type { IssuedKind } from './types.ts';

export const issuedKinds: readonly IssuedKind[] = [idJag, chainingJwt, accessToken];
