// JSON Schemas of the configuration files, for editors that complete and check while somebody writes.

import { z } from 'zod';
import type { JsonObject } from '../jose/json.ts';
import { domainFile } from './schema/domain.ts';
import { mainFile } from './schema/main.ts';

/** The JSON Schemas (draft 2020-12) of crossgrant.yaml and of a file in `domains`. */
export function configJsonSchemas(): { readonly main: JsonObject; readonly domain: JsonObject } {
  return { main: jsonSchemaOf(mainFile, 'crossgrant.yaml'), domain: domainJsonSchema() };
}

/** The second of them alone. */
export function domainJsonSchema(): JsonObject {
  return jsonSchemaOf(domainFile, 'A domain of crossgrant');
}

/** The JSON Schema of what a schema reads. */
export function jsonSchemaOf(schema: z.ZodType, title: string): JsonObject {
  return { title, ...z.toJSONSchema(schema, { io: 'input', override: dropUnknownFormats }) };
}

/** zod names some of its checks as formats that JSON Schema does not have; the pattern beside says the same. */
function dropUnknownFormats({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === 'includes') delete jsonSchema.format;
}
