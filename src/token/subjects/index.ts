// The subject token types this broker reads. A new one is one file and one line here; metadata and configuration follow.

import { accessToken } from './access-token.ts';
import { idToken } from './id-token.ts';
import { plainJwt } from './jwt.ts';
import type { SubjectReader } from './types.ts';

export const subjectReaders: readonly SubjectReader[] = [idToken, accessToken, plainJwt];
