// What an address in the configuration must be before anybody is asked there.

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What is wrong with an address we would fetch from; undefined when nothing is. `loopbackHttp`: http will do there. */
export function addressFault(text: string, loopbackHttp: boolean): string | undefined {
  if (!URL.canParse(text)) return 'must be an absolute URL';
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return 'must not carry a user name or password';
  if (protocol === 'https:') return undefined;
  if (protocol !== 'http:' || !loopbackHosts.test(hostname)) return 'must be https (http on loopback only)';
  return loopbackHttp ? undefined : 'is http; `network.loopback_http: true` in the main file allows it on loopback';
}

/** What is wrong with an issuer identifier (RFC 8414 §2), wherever it is; undefined when nothing is. */
export function issuerFault(text: string): string | undefined {
  if (/[?#]/.test(text)) return 'an issuer has neither query nor fragment (RFC 8414 §2)';
  return addressFault(text, true);
}

/** Whether it is plain HTTP on this machine, which `network.loopback_http` allows. */
export const isLoopbackHttp = (text: string): boolean =>
  text.startsWith('http:') && addressFault(text, true) === undefined;

/** The token endpoint of the issuer we are. */
export function tokenEndpointOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/token`;
}
