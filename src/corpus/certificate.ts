// The smallest self-signed certificate a header can carry as `x5c`: whoever trusts it trusts whoever sent it.

import { createPublicKey } from 'node:crypto';
import { ecdsaDer, element } from './ecdsa-forms.ts';
import type { TokenKey } from './types.ts';

const ecdsaWithSha256 = '06082a8648ce3d040302';
const commonName = '0603550403';

/** X.509 v1 (RFC 5280 §4.1), signed by its own ES256 key; DER, base64 as `x5c` wants it (RFC 7515 §4.1.6). */
export function selfSignedCertificate(key: TokenKey, name: string): string {
  const algorithm = element(0x30, Buffer.from(ecdsaWithSha256, 'hex'));
  const attribute = Buffer.concat([Buffer.from(commonName, 'hex'), element(0x0c, Buffer.from(name))]);
  const names = element(0x30, element(0x31, element(0x30, attribute)));
  const day = (text: string) => element(0x17, Buffer.from(text));
  const validity = element(0x30, Buffer.concat([day('250101000000Z'), day('491231235959Z')]));
  const spki = createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  const serial = element(0x02, Buffer.from([1]));
  const body = element(0x30, Buffer.concat([serial, algorithm, names, validity, names, spki]));
  const signature = element(0x03, Buffer.concat([Buffer.alloc(1), ecdsaDer(key.sign(body))]));
  return element(0x30, Buffer.concat([body, algorithm, signature])).toString('base64');
}
