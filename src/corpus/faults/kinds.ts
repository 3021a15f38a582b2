// Which kinds of token a fault is tried with.

import { authorities, type Kind } from '../kinds.ts';

export { authorities };

/** Every signed token there is. */
export const everyKind: readonly Kind[] = [...authorities, 'client_assertion', 'dpop_proof'];

/** Those whose key the receiver finds by issuer or client, and never in the token. */
export const keyedKinds: readonly Kind[] = [...authorities, 'client_assertion'];

/** Those addressed to the server by its issuer identifier. */
export const addressedKinds: readonly Kind[] = ['id_jag', 'jwt_grant', 'jwt', 'client_assertion'];

/** Grants of another domain. */
export const grantKinds: readonly Kind[] = ['id_jag', 'jwt_grant'];

export const subjectKinds: readonly Kind[] = ['id_token', 'access_token', 'jwt'];
