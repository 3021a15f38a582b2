// The smallest self-signed certificate a header can carry as `x5c`: whoever trusts it trusts whoever sent it.

import { createPublicKey } from 'node:crypto';
import { ecdsaDer, element } from './ecdsa-forms.ts';
import type { TokenKey } from './types.ts';

const commonName = '0603550403';

/** AlgorithmIdentifier by key type (RFC 5758 §3.2, RFC 4055 §5, RFC 8410 §3); each of them as it goes with SHA-256. */
const algorithms: ReadonlyMap<unknown, string> = new Map([
  ['EC', '300a06082a8648ce3d040302'],
  ['RSA', '300d06092a864886f70d01010b0500'],
  ['OKP', '300506032b6570'],
]);

/** X.509 v1 (RFC 5280 §4.1), signed by its own key; DER, base64 as `x5c` wants it (RFC 7515 §4.1.6). */
export function selfSignedCertificate(key: TokenKey, name: string): string {
  const { kty } = key.publicJwk;
  const algorithm = Buffer.from(algorithms.get(kty) ?? '', 'hex');
  const attribute = Buffer.concat([Buffer.from(commonName, 'hex'), element(0x0c, Buffer.from(name))]);
  const names = element(0x30, element(0x31, element(0x30, attribute)));
  const day = (text: string) => element(0x17, Buffer.from(text));
  const validity = element(0x30, Buffer.concat([day('250101000000Z'), day('491231235959Z')]));
  const spki = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  const serial = element(0x02, Buffer.from([1]));
  const body = element(0x30, Buffer.concat([serial, algorithm, names, validity, names, spki]));
  const raw = key.sign(body);
  const signature = element(0x03, Buffer.concat([Buffer.alloc(1), kty === 'EC' ? ecdsaDer(raw) : raw]));
  return element(0x30, Buffer.concat([body, algorithm, signature])).toString('base64');
}
