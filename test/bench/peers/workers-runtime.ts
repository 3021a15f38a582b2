// What the runtime of Cloudflare brings and Node does not, kept in memory: cheaper here than there.

import { register } from 'node:module';

/** Makes `cloudflare:workers` and its globals known to what is imported after this. */
export function installWorkersRuntime(fetchFrom: (url: string) => object): void {
  const workers = 'data:text/javascript,export class WorkerEntrypoint {}';
  const resolver = `export const resolve = (name, context, next) =>
    name === 'cloudflare:workers' ? { url: '${workers}', shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(resolver)}`);
  const cache = memoryCache();
  Object.assign(globalThis, {
    Cloudflare: { compatibilityFlags: { global_fetch_strictly_public: true } },
    caches: { open: async () => cache },
    fetch: async (input: string | URL | Request) =>
      Response.json(fetchFrom(input instanceof Request ? input.url : String(input)), {
        headers: { 'Cache-Control': 'max-age=3600' },
      }),
  });
}

/** As much of the Cache API as is asked for. */
function memoryCache() {
  const kept = new Map<string, Response>();
  return {
    match: async (url: string) => kept.get(url)?.clone(),
    put: async (url: string, response: Response) => void kept.set(url, response),
    delete: async (url: string) => kept.delete(url),
  };
}

/** Workers KV in a Map; times to live are not kept. */
export function keyValues() {
  const kept = new Map<string, string>();
  return {
    async get(key: string, how?: string | { readonly type?: string }): Promise<unknown> {
      const value = kept.get(key);
      const type = typeof how === 'string' ? how : how?.type;
      return value === undefined ? null : type === 'json' ? JSON.parse(value) : value;
    },
    async put(key: string, value: string): Promise<void> {
      kept.set(key, value);
    },
    async delete(key: string): Promise<void> {
      kept.delete(key);
    },
    async list({ prefix = '' }: { readonly prefix?: string } = {}) {
      const keys = [...kept.keys()].filter((name) => name.startsWith(prefix)).map((name) => ({ name }));
      return { keys, list_complete: true };
    },
  };
}
