// The parts a configuration is made of: domains, rules, clients, resources. Those of one kind are compared by name.

import type { ConfigFile, Files } from '../../config/files.ts';
import { type Path, printPath } from '../../config/problems.ts';
import { nameHere } from '../../config/version-files.ts';
import { takenAtStart } from './main.ts';
import { type Catalog, type Concern, compareBy, type Finding, type RiskClass, type Symptom } from './types.ts';

export type Part<T> = {
  /** What it belongs to, as a reviewer looks for it: `domain contoso`, `client travel-agent`, the name of the main file. */
  readonly group: string;
  /** What it is there: `send`, `access to https://api.acme.example/`; empty for the thing itself. */
  readonly label: string;
  readonly file: ConfigFile<unknown>;
  readonly path: Path;
  readonly config: T;
  readonly concern: Concern;
};

/** How parts of one kind are found, compared, and told when one comes or goes. */
export type Kind<T extends object> = {
  readonly parts: (files: Files) => readonly Part<T>[];
  readonly catalog: Catalog<T>;
  /** What there is of it, for a line. */
  readonly describe: (config: T) => string;
  /** How requests meet that it is not there. */
  readonly absent: readonly Symptom[];
  /** When it comes and when it goes; default: more access, and less. */
  readonly added?: RiskClass;
  readonly removed?: RiskClass;
};

/** One line of a plan. */
export type Line = {
  readonly class: RiskClass;
  readonly group: string;
  /** The setting from the top of its file: `send.clients.gateway`. */
  readonly setting: string;
  readonly says: string;
  /** File and line; of what is gone the file alone. */
  readonly at: string;
  readonly concern: Concern;
  /** How requests meet it. */
  readonly symptoms: readonly Symptom[];
  /** Each process takes it from the file of its machine, when it starts. */
  readonly needsRestart: boolean;
};

/** The differences between all parts of one kind; no `before`: everything is new. */
export function compareParts<T extends object>(
  kind: Kind<T>,
  before: Files | undefined,
  after: Files,
): readonly Line[] {
  const { added = 'widens access', removed = 'narrows access', absent, catalog, describe } = kind;
  const was = byName(before === undefined ? [] : kind.parts(before));
  const is = byName(kind.parts(after));
  const whole = (part: Part<T>, risk: RiskClass, what: string): Finding => ({
    class: risk,
    says: `${part.label === '' ? '' : `${part.label} `}is ${what}: ${describe(part.config)}`,
    at: [],
    symptoms: absent,
  });
  return [
    ...[...is].flatMap(([name, part]) => {
      const known = was.get(name);
      if (known === undefined) return [lineOf(part, whole(part, added, 'added'), after)];
      const found = compareBy(catalog, known.config, part.config);
      return found.map((finding) => lineOf(part, labelled(part, finding), after));
    }),
    ...[...was]
      .filter(([name]) => !is.has(name))
      .map(([, part]) => ({ ...lineOf(part, whole(part, removed, 'removed'), after), at: fileName(part, after) })),
  ];
}

const byName = <T>(parts: readonly Part<T>[]) => new Map(parts.map((part) => [`${part.group} ${part.label}`, part]));

function labelled({ label }: Part<unknown>, finding: Finding): Finding {
  return label === '' ? finding : { ...finding, says: `${label}: ${finding.says}` };
}

function lineOf(part: Part<unknown>, { class: risk, says, at, about, symptoms }: Finding, files: Files): Line {
  const { group, file, concern } = part;
  const path = [...part.path, ...at];
  const { line } = file.locate(path, 'key');
  return {
    class: risk,
    group,
    setting: printPath(path),
    says,
    at: `${fileName(part, files)}:${line}`,
    concern: { ...concern, ...about },
    symptoms,
    needsRestart: file.name === files.main.name && takenAtStart.has(String(path[0])),
  };
}

const fileName = ({ file }: Part<unknown>, { main }: Files) => nameHere(file.name, main.name);
