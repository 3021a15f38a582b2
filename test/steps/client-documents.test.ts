// Documents of clients in memory: how many are kept, who makes room for whom, and what a change of the configuration leaves of them.

import { describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientDocuments, type DocumentSource } from '../../src/token/clients/documents.ts';
import type { GuardedFetch } from '../../src/trust/guarded-fetch.ts';
import { clientDocument } from '../support/client-documents.ts';

const key = testKey();

/** Hosts where every path below `/agents` is a client, and nothing else is anything. */
function openHosts(changes: Partial<DocumentSource> = {}) {
  const world = { ms: 0, asked: [] as string[] };
  const fetch: GuardedFetch = async (url) => {
    world.asked.push(url);
    const found = url.includes('/agents/');
    const headers = new Map([['cache-control', 'max-age=3600']]);
    return { status: found ? 200 : 404, headers, body: Buffer.from(JSON.stringify(clientDocument(url, key))) };
  };
  const source: DocumentSource = {
    places: { hosts: new Set(['a.example', 'b.example']), urls: new Set() },
    loopbackHttp: false,
    issuer: 'https://as.example',
    grants: [grantTypes.jwtBearer],
    fetch,
    now: () => world.ms,
    clock: () => world.ms,
    ...changes,
  };
  const documents = clientDocuments(source);
  const find = async (url: string) => documents.find(url);
  /** As fast as a host may be asked for new ids. */
  const each = async (count: number, url: (at: number) => string) => {
    for (let at = 0; at < count; at += 1) {
      world.ms += 1000 / limits.clientDocumentRate.perSecond;
      await find(url(at)).catch(() => {});
    }
  };
  return { world, source, documents, find, each };
}

describe('what is kept', () => {
  it('a client is the same one until its document is fetched again, and costs no promise', async () => {
    const { documents, find, world } = openHosts();
    const client = await find('https://a.example/agents/1');
    expect(documents.find('https://a.example/agents/1')).toBe(client);
    expect(world.asked).toHaveLength(1);
  });

  it('ids that are none push out no client, however many there are', async () => {
    const { find, each, world } = openHosts();
    await find('https://a.example/agents/1');
    await each(limits.clientDocuments + 10, (at) => `https://a.example/nobody/${at}`);
    const before = world.asked.length;
    await find('https://a.example/agents/1');
    expect(world.asked).toHaveLength(before);
  });

  it('so many clients of one host, and those of another host do not suffer from it', async () => {
    const { find, each, world } = openHosts();
    await find('https://b.example/agents/1');
    await each(limits.clientDocuments + 1, (at) => `https://a.example/agents/${at}`);
    const before = world.asked.length;
    await find('https://b.example/agents/1');
    await find(`https://a.example/agents/${limits.clientDocuments}`);
    expect(world.asked).toHaveLength(before);
    await find('https://a.example/agents/0');
    expect(world.asked).toHaveLength(before + 1);
  });
});

describe('a document that is taken back while nobody asks', () => {
  it('ends its client, and is then asked for no more often than any made-up one', async () => {
    let gone = false;
    const asked: string[] = [];
    const { documents, world } = openHosts({
      fetch: async (url) => {
        asked.push(url);
        return {
          status: gone ? 404 : 200,
          headers: new Map(),
          body: Buffer.from(JSON.stringify(clientDocument(url, key))),
        };
      },
    });
    const id = 'https://a.example/agents/1';
    await documents.find(id);
    gone = true;
    world.ms += limits.jwksDefaultAge * 1000;
    await Promise.all([...documents.renewable()].map((each) => each.refresh()));
    world.ms += limits.jwksRetry * 1000;
    const tries = async () => documents.find(id);
    const all = await Promise.allSettled(Array.from({ length: 5 }, tries));
    expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'));
    await expect(tries()).rejects.toThrow('client.metadata');
    expect(asked).toHaveLength(3);
  });
});

describe('another configuration', () => {
  it('goes on with what was fetched, at hosts that still count', async () => {
    const { documents, find, source, world } = openHosts();
    await find('https://a.example/agents/1');
    await find('https://b.example/agents/1');
    const places = { hosts: new Set(['a.example']), urls: new Set<string>() };
    const next = clientDocuments({ ...source, places, before: documents.shelves });
    await next.find('https://a.example/agents/1');
    expect(world.asked).toHaveLength(2);
    expect(next.covers('https://b.example/agents/1')).toBe(false);
    expect(() => next.find('https://b.example/agents/1')).toThrow('client.unknown');
  });
});

describe('a rehearsal', () => {
  it('supposes that the document is in order, and fetches nothing', () => {
    const { documents, world } = openHosts();
    expect(documents.suppose('https://a.example/agents/9')).toMatchObject({
      id: 'https://a.example/agents/9',
      byDocument: true,
    });
    expect(documents.suppose('https://c.example/agents/9')).toBeUndefined();
    expect(documents.suppose('travel-agent')).toBeUndefined();
    expect(world.asked).toEqual([]);
  });
});
