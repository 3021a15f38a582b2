// What an address in the configuration must be before anybody is asked there.

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** True for an http address of this machine. */
export function isLoopbackHttp(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'http:' && loopbackHosts.test(hostname);
}

/** What is wrong with an address we would fetch from; undefined when nothing is. */
export function addressFault(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an absolute URL';
  const { protocol, username, password } = new URL(text);
  if (username !== '' || password !== '') return 'must not carry a user name or password';
  return protocol === 'https:' || isLoopbackHttp(text) ? undefined : 'must be https (http on loopback only)';
}

/** What is wrong with an issuer identifier (RFC 8414 §2); undefined when nothing is. */
export function issuerFault(text: string): string | undefined {
  if (/[?#]/.test(text)) return 'an issuer has neither query nor fragment (RFC 8414 §2)';
  return addressFault(text);
}

/** The token endpoint of the issuer we are. */
export function tokenEndpointOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/token`;
}
