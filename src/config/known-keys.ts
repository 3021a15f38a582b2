// Which keys may stand at a place of the configuration, read from the JSON Schema of its file.

import { isJsonObject, type JsonObject } from '../jose/json.ts';
import type { Path } from './problems.ts';

/** The keys known at `path`, of all forms that may stand there; none where any key may stand. */
export function keysAt(schema: unknown, path: Path): readonly string[] {
  return [...new Set(nodesAt(schema, path).flatMap((node) => Object.keys(propertiesOf(node))))];
}

function nodesAt(schema: unknown, path: Path): readonly JsonObject[] {
  let nodes = alternatives(schema);
  for (const segment of path) nodes = nodes.flatMap((node) => alternatives(child(node, segment)));
  return nodes;
}

/** A schema and every form it may take. */
export function alternatives(schema: unknown): readonly JsonObject[] {
  if (!isJsonObject(schema)) return [];
  const forms = [schema['anyOf'], schema['oneOf']].flat().flatMap(alternatives);
  return [schema, ...forms];
}

/** The properties of an object schema, by name. */
export function propertiesOf(node: JsonObject): JsonObject {
  return isJsonObject(node['properties']) ? node['properties'] : {};
}

function child(node: JsonObject, segment: string | number): unknown {
  if (typeof segment === 'number') return node['items'];
  return propertiesOf(node)[segment] ?? node['additionalProperties'];
}
