// Redeeming for callers: where at the partner, and how we authenticate there in each client's name.

import { KeyError } from '../../jose/jwk.ts';
import type { RedeemRule } from '../../token/policy/rule.ts';
import { credentialMethods } from '../../trust/credentials/index.ts';
import type { CredentialMethod, Credentials, Sign } from '../../trust/credentials/types.ts';
import { discoverTokenEndpoint } from '../../trust/discovery.ts';
import { lookedUp } from '../../trust/endpoint.ts';
import type { SendSite } from '../rule-sites.ts';
import type { SendRule } from '../schema/send.ts';
import type { Chosen } from '../schema/variants.ts';
import { type CompileContext, resolveAt } from './context.ts';

const methods: readonly CredentialMethod[] = credentialMethods;

/** Prepares the credentials; what cannot be used is a fault. Nothing is fetched before somebody wants both legs. */
export function compileRedeem(
  { clients, token_endpoint: endpoint, return: gives, delegate_key: delegatesKey }: NonNullable<SendRule['redeem']>,
  { file, path }: SendSite,
  context: CompileContext,
): RedeemRule {
  const { fetch, now, clock = now } = context.deps;
  const { issuer } = file.config;
  const prepared = Object.entries(clients).map(([client, chosen]) => {
    const at = [...path, 'redeem', 'clients', client];
    return [client, prepare(chosen, { file, path: at }, context)] as const;
  });
  return {
    credentials: new Map(prepared),
    gives,
    delegatesKey,
    tokenEndpoint:
      endpoint === undefined ? lookedUp(() => discoverTokenEndpoint(issuer, fetch), clock) : async () => endpoint,
  };
}

function prepare(
  { name, settings }: Chosen,
  { file, path }: Pick<SendSite, 'file' | 'path'>,
  context: CompileContext,
): Credentials {
  const method = methods.find((candidate) => candidate.name === name);
  if (method === undefined) throw new Error(`no way to authenticate is called ${name}`);
  const { secret } = resolveAt({ file, path, within: settings }, file.config.issuer, context);
  try {
    return method.prepare(settings, { secret, sign: context.deps.sign ?? unable });
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    context.faults.push({ file, path, message: error.message });
    return { method: name, show: unable };
  }
}

const unable: Sign & Credentials['show'] = () => {
  throw new Error('nothing is signed while a configuration is only looked at');
};
