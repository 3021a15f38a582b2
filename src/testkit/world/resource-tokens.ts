// Access tokens for a resource that the kit serves, or an app in its place: good ones, and bad ones of the catalogue by name.

import type { Entry } from '../../corpus/index.ts';
import { callResource } from '../client.ts';
import { nothingKept, type Outcome, outcomeOf } from '../outcome.ts';
import type { Receiving } from '../receiving.ts';
import type { Changes } from '../tokens.ts';
import type { StartedResource, StartedWorld } from './start.ts';
import { resourceTarget } from './targets.ts';

export type ResourceReceiving = Pick<Receiving, 'mint'> & {
  /** Every entry of the catalogue that a resource must refuse. */
  readonly entries: readonly Entry[];
  /** A good access token (RFC 9068); `claims` and `header` replace members, undefined takes one away. */
  token(claims?: Changes, header?: Changes): string;
  /** A token that is wrong in one way: `access_token/exp/past` of the catalogue. */
  bad(id: string): string;
  /** Calls the resource with such a token, or with one of your own. */
  present(idOrToken: string): Promise<Outcome>;
};

export async function receivingResource(
  world: StartedWorld,
  domain: string,
  { uri, scopes }: StartedResource,
): Promise<ResourceReceiving> {
  const { receivingAt } = await import('../receiving.ts');
  const { entries, mint, token, bad } = receivingAt([await resourceTarget(world, domain, uri, scopes)], nothingKept);
  return {
    entries: entries.filter((entry) => isForResources(entry) && fitsHeader.test(bad(entry.id))),
    mint,
    token: (claims, header) => token('access_token', claims, header),
    bad,
    async present(idOrToken) {
      const presented = idOrToken.startsWith('access_token/') ? bad(idOrToken) : idOrToken;
      const answer = await callResource(uri, presented, {}, { fetch: world.fetch, now: world.clock.now });
      return outcomeOf(answer, uri, nothingKept);
    },
  };
}

/** RFC 9110 §5.5: a line break never gets as far as a resource, and spaces at the end are no part of a header. */
const fitsHeader = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** What can be wrong with any JWT; what is left is about who may exchange a token, and for how much. */
const families = 'alg sig key crit header enc json typ foreign iss aud sub exp nbf iat jti'.split(' ');

function isForResources({ id, expect }: Entry): boolean {
  const [, family = ''] = id.split('/');
  // Here the server is the issuer, and a token of its own is good.
  return expect === 'refuse' && families.includes(family) && id !== 'access_token/iss/server';
}
