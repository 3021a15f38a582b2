// Who may have requests explained: names, secrets, and for partners the issuer they may ask about.

import type { Reader } from '../../explain/readers.ts';
import { type CompileContext, resolveAt } from './context.ts';

/** Shorter secrets can be guessed by whoever reaches the listener. */
const shortest = 32;

/** All readers. A secret that is too short, or serves two of them, is a fault. */
export function compileReaders(context: CompileContext): readonly Reader[] {
  const { main, domains } = context.files;
  const issuers = new Map(domains.map(({ domain, config }) => [domain, config.issuer]));
  const secrets = new Map<string, string>();
  return Object.entries(main.config.admin?.tokens ?? {}).map(([name, { role, secret: reference, domain }]) => {
    const path = ['admin', 'tokens', name, 'secret'];
    const secret = resolveAt({ file: main, path, within: reference }, name, context).secret(reference);
    const other = secrets.get(secret);
    const message = other === undefined ? shortFault(secret) : `is the secret of ${other} too; each has its own`;
    if (secret !== '' && message !== undefined) context.faults.push({ file: main, path, message });
    secrets.set(secret, name);
    const issuer = domain === undefined ? undefined : issuers.get(domain);
    return { name, role, secret, ...(issuer !== undefined && { issuer }) };
  });
}

const shortFault = (secret: string) =>
  secret.length < shortest ? `the secret has ${secret.length} characters; ${shortest} at least` : undefined;
