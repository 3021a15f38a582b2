// Changes a nested configuration: maps merge, anything else replaces, null takes away.

/** A configuration as YAML would give it. */
export type Settings = { readonly [name: string]: unknown };

/** `base` with `changes` laid over it. */
export function merge(base: Settings, changes: Settings): Settings {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, change] of Object.entries(changes)) {
    const old = merged[name];
    if (change === null) delete merged[name];
    else merged[name] = isMap(old) && isMap(change) ? merge(old, change) : change;
  }
  return merged;
}

function isMap(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
