// Opens the listener for operators, where the configuration wants one.

import type { Settings } from '../config/settings.ts';
import { type Listener, listen } from '../listen.ts';
import { type AdminSources, adminRoutes } from './routes.ts';

/** Where it listens; `port` is the one that was taken. */
export type AdminPlace = { readonly address: string; readonly port: number };

/** Undefined where none is configured. Rejects when the address is taken, and names the setting. */
export async function listenForOperators(
  admin: Settings['admin'],
  sources: Omit<AdminSources, 'hosts'>,
): Promise<(Pick<Listener, 'stop'> & AdminPlace) | undefined> {
  if (admin === undefined) return undefined;
  const { address, hosts } = admin;
  try {
    const { port, stop } = await listen({ http: adminRoutes({ ...sources, hosts }) }, admin);
    return { address, port, stop };
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`${reason}; see admin.address and admin.port`, { cause: error });
  }
}
