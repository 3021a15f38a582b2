// crossgrant serve as a process of its own, and where it is asked.

import { type HttpAnswer, postForm } from '../../src/testkit/http.ts';
import type { Parties } from '../soak/parties.ts';
import { type CliChild, startCli } from './cli-child.ts';

/** `operators`: where readiness is asked for, if the configuration has such a place. */
export type Serving = CliChild & { readonly origin: string; readonly operators: string };

/** Starts `serve` with these options; ready when it says where. */
export async function serve({ config, env }: Parties, ...options: readonly string[]): Promise<Serving> {
  const child = startCli(['serve', '--json', '--config', config, ...options], { env });
  const [told] = await child.printed(/^\{[\s\S]*?\n\}\n/);
  const { port, tls, admin } = JSON.parse(told);
  return {
    ...child,
    origin: `http${tls ? 's' : ''}://127.0.0.1:${port}`,
    operators: `http://127.0.0.1:${admin?.port}`,
  };
}

/** For who asks once: a connection that is kept has a second at the end of a process to bring another request. */
export const leaving = { Connection: 'close' };

/** Redeems a grant, a new one unless told otherwise; `ca`: the authority that counts where TLS is served. */
export const redeem = (origin: string, parties: Parties, grant = parties.grant(), ca?: string): Promise<HttpAnswer> =>
  postForm(`${origin}/token`, parties.redeem(grant, parties.credentials()), leaving, ca);
