// Whom a bound grant is for: the holder of the key in `cnf`, who has to prove it.

import { grantTypes } from '../../protocol/urns.ts';
import { badList } from '../define.ts';

const otherHolder = 'A stolen grant is as good as an own one, though it was bound to a key the thief does not have.';

export const grantBindingEntries = badList(
  {
    kind: 'id_jag',
    section: 'ID-JAG §9.8.1.2',
    reason: 'grant.confirmation',
    fix: 'Where a grant has `cnf`, redeem it only with a proof of exactly that key, and refuse a `cnf` you cannot check.',
    attack: otherHolder,
  },
  [
    {
      id: 'id_jag/cnf/no-proof',
      core: true,
      how: '`cnf` with the `jkt` of a key, and no DPoP proof',
      reason: 'grant.proof_missing',
      errors: ['invalid_grant', 'invalid_dpop_proof'],
      make: ({ token, holder }) => token({ cnf: { jkt: holder.kid } }),
    },
    {
      id: 'id_jag/cnf/other-key',
      core: true,
      how: '`cnf` with the `jkt` of one key, and a good DPoP proof of another',
      reason: 'grant.proof_key',
      errors: ['invalid_grant', 'invalid_dpop_proof'],
      needs: ['dpop'],
      make: ({ token, of, stranger }) => ({
        token: token({ cnf: { jkt: stranger.kid } }),
        proofs: [of('dpop_proof').token()],
      }),
    },
    {
      id: 'id_jag/cnf/unknown',
      how: '`cnf` with a member nobody knows',
      section: 'RFC 7800 §3.1',
      severity: 'should',
      make: ({ token }) => token({ cnf: { 'urn:example:retina': 'x' } }),
    },
    {
      id: 'id_jag/cnf/certificate',
      severity: 'should',
      how: '`cnf` with `x5t#S256`, and no client certificate',
      section: 'RFC 8705 §3.1',
      make: ({ token, stranger }) => token({ cnf: { 'x5t#S256': stranger.kid } }),
    },
    {
      id: 'id_jag/cnf/empty',
      how: '`cnf` is an empty object',
      section: 'RFC 7800 §3.1',
      severity: 'should',
      make: ({ token }) => token({ cnf: {} }),
    },
    {
      id: 'id_jag/cnf/list',
      how: '`cnf` is a list',
      section: 'RFC 7800 §3.1',
      severity: 'should',
      make: ({ token, holder }) => token({ cnf: [{ jkt: holder.kid }] }),
    },
    {
      id: 'id_jag/cnf/text',
      how: '`cnf` is the thumbprint as text',
      section: 'RFC 7800 §3.1',
      severity: 'should',
      make: ({ token, holder }) => token({ cnf: holder.kid }),
    },
    {
      id: 'id_jag/cnf/null',
      how: '`cnf` is null',
      section: 'RFC 7800 §3.1',
      severity: 'should',
      make: ({ token }) => token({ cnf: null }),
    },
    {
      id: 'id_jag/cnf/jkt-list',
      severity: 'should',
      how: '`cnf.jkt` is a list with two thumbprints, proved is one of them',
      section: 'RFC 9449 §6.1',
      needs: ['dpop'],
      make: ({ token, of, holder, stranger }) => ({
        token: token({ cnf: { jkt: [stranger.kid, holder.kid] } }),
        proofs: [of('dpop_proof').token()],
      }),
    },
    {
      id: 'id_jag/cnf/two-methods',
      how: '`cnf` with `jkt` and `x5t#S256`, proved is only the first',
      section: 'RFC 7800 §3.1',
      severity: 'should',
      needs: ['dpop'],
      make: ({ token, of, holder, stranger }) => ({
        token: token({ cnf: { jkt: holder.kid, 'x5t#S256': stranger.kid } }),
        proofs: [of('dpop_proof').token()],
      }),
    },
    {
      id: 'id_jag/cnf/requested',
      how: '`requested_cnf` names a key for the access token, and nothing proves it',
      section: 'identity chaining App. B.3',
      reason: 'grant.delegated_key',
      severity: 'should',
      attack: 'An issuer that may name a key for somebody else hands out tokens to keys of its own.',
      fix: 'Ignore or refuse `requested_cnf` unless this issuer is configured to delegate keys.',
      make: ({ token, stranger }) => token({ requested_cnf: { jkt: stranger.kid } }),
    },
    {
      id: 'id_jag/cnf/unbound',
      how: 'Grant type `jwt-dpop` with a good proof, and a grant without `cnf`',
      section: 'draft-parecki-oauth-jwt-dpop-grant',
      reason: 'grant.unbound',
      errors: ['invalid_grant', 'unsupported_grant_type', 'unauthorized_client'],
      needs: ['dpop'],
      attack: 'A thief of an unbound grant binds it to a key of his own, and it looks as if it had always been his.',
      fix: 'Take only bound grants by the grant type that is for bound ones.',
      make: ({ token, of }) => ({
        token: token(),
        proofs: [of('dpop_proof').token()],
        fields: { grant_type: grantTypes.jwtDpop },
      }),
    },
  ],
);
