// The subject mappings, for sending and for accepting. A new one is one file and a line here; the configuration follows.

import { audSub } from './aud-sub.ts';
import { accountByEmail, emailAsSubject } from './email.ts';
import { justInTime } from './just-in-time.ts';
import { pairwise } from './pairwise.ts';
import { fromSub } from './same.ts';
import { staticMap } from './static-map.ts';

/** How a partner may know our subjects. */
export const sendMappings = [fromSub, emailAsSubject, pairwise] as const;

/** How we may know a partner's subjects. */
export const acceptMappings = [fromSub, accountByEmail, audSub, staticMap, justInTime] as const;
