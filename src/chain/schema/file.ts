// A chain as a file describes it: who takes part, the hops, and what must come of each.

import { z } from 'zod';
import { jsonSchemaOf } from '../../config/json-schema.ts';
import type { JsonObject } from '../../jose/json.ts';
import { secretReference } from '../../trust/references.ts';
import { hop } from './hop.ts';
import { name, text } from './values.ts';
import { server, world } from './world.ts';

/** A chain file. */
export const chainFile = z
  .strictObject({
    chain: text.describe('What it shows, in a sentence'),
    world: world.optional().describe('Trust domains made for it in one process'),
    servers: z.record(name, server).optional().describe('Servers that run already, by a name for each'),
    tokens: z.record(name, secretReference).optional().describe('Tokens to begin with, by the name hops use'),
    hops: z.array(hop).min(1).describe('What happens, in order'),
  })
  .refine(({ world: made, servers }) => (made === undefined) !== (servers === undefined), {
    error: 'needs either `world` or `servers`',
  });
export type ChainFile = z.output<typeof chainFile>;

/** JSON Schema (draft 2020-12) of a chain file, for editors. */
export const chainJsonSchema = (): JsonObject => jsonSchemaOf(chainFile, 'A chain of crossgrant');
