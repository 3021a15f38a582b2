// Who we are at another server: client credentials as that server wants to see them (RFC 6749 §2.3, RFC 7523 §2.2).

import type { JsonObject } from '../jose/json.ts';
import type { SigningKey } from '../jose/jwk.ts';
import { signJws } from '../jose/jws.ts';
import { clientAssertionType, joseTypes } from '../protocol/urns.ts';
import { uuidv7 } from '../protocol/uuid.ts';

export type ClientCredentials =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | {
      readonly method: 'private_key_jwt';
      readonly clientId: string;
      readonly key: SigningKey;
      /** The issuer identifier of the server: the one audience of the assertion (RFC 10070). */
      readonly audience: string;
    };

/** What goes into the request. */
export type PresentedCredentials = {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
};

/** Seconds an assertion of ours is good: it is made for one request and sent at once, clocks may differ a little. */
const assertionLifetime = 60;

/** Fresh credentials for one request at `now` (milliseconds): an assertion is good once. */
export function presentCredentials(credentials: ClientCredentials, now: number): PresentedCredentials {
  const { clientId } = credentials;
  switch (credentials.method) {
    case 'client_secret_basic': {
      const pair = `${formEncoded(clientId)}:${formEncoded(credentials.secret)}`;
      return { headers: { authorization: `Basic ${btoa(pair)}` }, form: {} };
    }
    case 'client_secret_post':
      return { headers: {}, form: { client_id: clientId, client_secret: credentials.secret } };
    case 'private_key_jwt': {
      const { audience, key } = credentials;
      return presentAssertion({ clientId, audience, sign: (typ, claims) => signJws({ typ }, claims, key) }, now);
    }
  }
}

export type Assertion = {
  readonly clientId: string;
  /** The one audience: the issuer identifier of the server (RFC 10070), or for older ones its token endpoint. */
  readonly audience: string;
  readonly sign: (typ: string, claims: JsonObject) => string;
};

/** An assertion about ourselves (RFC 7523 §3), good once. */
export function presentAssertion({ clientId, audience, sign }: Assertion, now: number): PresentedCredentials {
  const iat = Math.floor(now / 1000);
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: uuidv7(now), iat, exp: iat + assertionLifetime };
  const assertion = sign(joseTypes.clientAssertion, claims);
  return { headers: {}, form: { client_assertion_type: clientAssertionType, client_assertion: assertion } };
}

/** RFC 6749 §2.3.1 and App. B: so that a `:` in the id does not end it. */
function formEncoded(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice('='.length);
}
