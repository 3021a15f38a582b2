// Whether certificates can be made here: node-forge is optional.

import { createRequire } from 'node:module';

export const hasForge = resolves('node-forge');

function resolves(name: string): boolean {
  try {
    return createRequire(import.meta.url).resolve(name) !== '';
  } catch {
    return false;
  }
}
