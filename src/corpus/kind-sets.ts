// Kinds of token that are tried with the same faults.

import type { Kind } from './kinds.ts';

/** Grants of another domain. */
export const grantKinds: readonly Kind[] = ['id_jag', 'jwt_grant'];

/** Kinds that are somebody's authority, and so the ones a good request can be made with. */
export const authorities: readonly Kind[] = [...grantKinds, 'id_token', 'access_token', 'jwt'];

/** Those whose key the receiver finds by issuer or client, and never in the token. */
export const keyedKinds: readonly Kind[] = [...authorities, 'client_assertion'];

/** Every kind there is. */
export const everyKind: readonly Kind[] = [...keyedKinds, 'dpop_proof'];

/** Those addressed to the server by its issuer identifier. */
export const addressedKinds: readonly Kind[] = [...grantKinds, 'jwt', 'client_assertion'];

/** Those presented in a form; a header has no room for everything (RFC 9110 §5.5). */
export const formKinds: readonly Kind[] = keyedKinds;
