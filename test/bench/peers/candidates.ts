// The peers as candidates: the same kind of process on the same core, with the same keys and the same load.

import { type Child, startChild } from '../calls.ts';
import type { Candidate } from '../candidate.ts';
import { serverCore } from '../cores.ts';
import type { Flow, Operations, Variant } from '../flows.ts';
import type { MeasuredCommands } from '../measured.ts';
import { members, type Ours } from '../ours.ts';
import { names } from '../parties.ts';
import { program } from '../program.ts';
import type { OidcProviderCommands } from './oidc-provider.ts';
import type { WorkersProviderCommands } from './workers-oauth-provider.ts';

export type PeerCandidate = Candidate & {
  readonly peer: string;
  readonly flow: string;
  /** The work of ours that is the same. */
  readonly same: { readonly flow: Flow; readonly variant: Variant } | undefined;
  readonly note: string;
};

export type Peers = { readonly candidates: readonly PeerCandidate[]; stop(): Promise<void> };

/** Starts the peers beside a broker of ours, with its keys. */
export async function startPeers({ folder, floor, prepare, minter }: Ours): Promise<Peers> {
  const start = <C extends MeasuredCommands>(name: string) =>
    startChild<C>(program(`peers/${name}`), { cores: serverCore, args: [folder] });
  const oidc = start<OidcProviderCommands>('oidc-provider');
  const workers = start<WorkersProviderCommands>('workers-oauth-provider');
  const oidcPort = await oidc.ask('port');
  const workersPort = await workers.ask('port');
  const client = await workers.ask('client');
  const line = (
    peer: string,
    server: Child<MeasuredCommands>,
    port: number,
    rest: Pick<PeerCandidate, 'flow' | 'same' | 'note' | 'prepare'> & { readonly operations: Operations },
  ): PeerCandidate => ({
    peer,
    server,
    port,
    floor,
    own: rest.operations,
    name: `${peer} ${rest.flow}`,
    member: members.exchange,
    ...rest,
  });
  return {
    candidates: [
      line('oidc-provider', oidc, oidcPort, {
        flow: 'exchange',
        operations: { verify: 2, sign: 1 },
        same: { flow: 'exchange', variant: 'cold' },
        note: 'grant registered through its own API, with jose; kept in memory',
        prepare: (count) => prepare('exchange', 'cold', count),
      }),
      line('oidc-provider', oidc, oidcPort, {
        flow: 'client credentials',
        operations: { verify: 1, sign: 1 },
        same: undefined,
        note: 'private_key_jwt, JWT access token; kept in memory',
        prepare: (count) => minter.clientCredentials(count),
      }),
      line('@cloudflare/workers-oauth-provider', workers, workersPort, {
        flow: 'redeem',
        operations: { verify: 2, sign: 0 },
        same: { flow: 'redeem', variant: 'cold' },
        note: 'private_key_jwt of a client known by its metadata document, opaque access token; KV is a Map',
        prepare: (count) => minter.redeem({ count, client: { id: names.documentClient } }),
      }),
      line('@cloudflare/workers-oauth-provider', workers, workersPort, {
        flow: 'redeem by secret',
        operations: { verify: 1, sign: 0 },
        same: { flow: 'redeem', variant: 'secret' },
        note: 'client secret, opaque access token; KV is a Map',
        prepare: (count) => minter.redeem({ count, client }),
      }),
    ],
    async stop() {
      await Promise.all([oidc.stop(), workers.stop()]);
    },
  };
}
