// DPoP proofs: made just now, and good once.

import { randomUUID } from 'node:crypto';
import { badList } from '../define.ts';
import { otherCase } from '../lookalikes.ts';

const stock = 'Proofs are made in stock by whoever can use the key for a moment, and used long after.';
const again = 'Whoever sees a proof on the way uses it a second time, with a token he stole beside it.';

export const dpopFreshnessEntries = badList(
  {
    kind: 'dpop_proof',
    section: 'RFC 9449 §4.3',
    reason: 'dpop_proof.claims',
    fix: 'Require `jti` and `iat`, take a proof for a minute, and once; give out nonces where that is not enough.',
    attack: again,
  },
  [
    {
      id: 'dpop_proof/jti/missing',
      core: true,
      how: 'Without `jti`',
      make: ({ token }) => token({ jti: undefined }),
    },
    {
      id: 'dpop_proof/jti/empty',
      how: '`jti` is an empty text',
      severity: 'should',
      make: ({ token }) => token({ jti: '' }),
    },
    {
      id: 'dpop_proof/jti/number',
      how: '`jti` is a number',
      make: ({ token }) => token({ jti: 7 }),
    },
    {
      id: 'dpop_proof/jti/long',
      how: '`jti` has 2,000 characters',
      section: 'RFC 9449 §11.1',
      severity: 'should',
      attack: 'Every `jti` has to be remembered: whoever likes fills the memory for them.',
      make: ({ token }) => token({ jti: randomUUID().padEnd(2000, 'x') }),
    },
    {
      id: 'dpop_proof/iat/missing',
      core: true,
      how: 'Without `iat`',
      attack: stock,
      make: ({ token }) => token({ iat: undefined }),
    },
    {
      id: 'dpop_proof/iat/text',
      how: '`iat` is the right number as text',
      section: 'RFC 7519 §2',
      severity: 'should',
      attack: stock,
      make: ({ token, now }) => token({ iat: String(now) }),
    },
    // A server that dates proofs by its own nonces need not look at `iat` (RFC 9449 §4.3 step 11): none of these is a must.
    {
      id: 'dpop_proof/iat/stale',
      severity: 'should',
      core: true,
      how: '`iat` an hour ago',
      reason: 'dpop_proof.expired',
      attack: stock,
      make: ({ token, now }) => token({ iat: now - 3600 }),
    },
    {
      id: 'dpop_proof/iat/old',
      how: '`iat` five minutes ago',
      section: 'RFC 9449 §11.1',
      severity: 'should',
      reason: 'dpop_proof.expired',
      attack: stock,
      make: ({ token, now }) => token({ iat: now - 300 }),
    },
    {
      id: 'dpop_proof/iat/future',
      severity: 'should',
      core: true,
      how: '`iat` in an hour',
      reason: 'dpop_proof.not_yet_valid',
      attack: stock,
      make: ({ token, now }) => token({ iat: now + 3600 }),
    },
    {
      id: 'dpop_proof/iat/milliseconds',
      severity: 'should',
      how: '`iat` in milliseconds',
      section: 'RFC 7519 §2',
      reason: 'dpop_proof.not_yet_valid',
      attack: stock,
      make: ({ token, now }) => token({ iat: now * 1000 }),
    },
    {
      id: 'dpop_proof/nonce/wrong',
      severity: 'should',
      core: true,
      how: '`nonce` is none of this server',
      section: 'RFC 9449 §8',
      reason: 'dpop_proof.nonce',
      errors: ['use_dpop_nonce', 'invalid_dpop_proof'],
      attack: stock,
      make: ({ token }) => token({ nonce: 'made-up-nonce' }),
    },
    {
      id: 'dpop_proof/nonce/number',
      severity: 'should',
      how: '`nonce` is a number',
      section: 'RFC 9449 §8',
      reason: 'dpop_proof.nonce',
      errors: ['use_dpop_nonce', 'invalid_dpop_proof'],
      attack: stock,
      make: ({ token }) => token({ nonce: 7 }),
    },
    {
      id: 'dpop_proof/replay/same',
      core: true,
      how: 'The same proof twice, each time with a fresh grant',
      section: 'RFC 9449 §11.1',
      severity: 'should',
      reason: 'dpop_proof.replayed',
      make: ({ token }) => {
        const proof = token();
        return [proof, proof];
      },
    },
    {
      id: 'dpop_proof/replay/other-spelling',
      how: 'Two proofs with one `jti`, the second with `htu` spelled another way (scheme and host in capitals)',
      section: 'RFC 9449 §11.1',
      severity: 'should',
      reason: 'dpop_proof.replayed',
      attack: `Where \`jti\` is remembered with \`htu\` as it came, another spelling makes it new. ${again}`,
      make: ({ token, server }) => {
        const jti = randomUUID();
        return [token({ jti }), token({ jti, htu: otherCase(server.tokenEndpoint) })];
      },
    },
    {
      id: 'dpop_proof/request/two',
      core: true,
      how: 'Two proofs in the header, parted by a comma',
      reason: 'dpop_proof.malformed',
      attack: 'One of them is verified, the key of the other is what the token is bound to.',
      fix: 'Refuse a request with more than one proof.',
      make: ({ token, of, stranger }) => ({ token: `${token()}, ${of('dpop_proof').token({}, {}, stranger)}` }),
    },
  ],
);
