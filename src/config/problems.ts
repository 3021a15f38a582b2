// What is wrong with a configuration, and where: every problem at once, as file, line, column and path.

/** Keys and indexes from the top of a file. */
export type Path = readonly (string | number)[];

/** Lines and columns count from 1. */
export type Position = { readonly line: number; readonly column: number };

/** A file of the configuration, as far as a problem needs it. */
export type SourceFile = {
  /** As an operator would name it. */
  readonly name: string;
  /** Where a value starts, or the key that leads to it; what is not there is placed at what holds it. */
  locate(path: Path, part: 'key' | 'value'): Position;
};

/** Something wrong at one place of a file. */
export type Fault = {
  readonly file: SourceFile;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** What to point at; the value unless said otherwise. */
  readonly part?: 'key' | 'value';
};

export type ConfigProblem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
};

/** A configuration that cannot be used. Its message lists all problems, one per line, by file and line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(printProblem).join('\n'));
    this.problems = problems;
  }
}

/** Throws a ConfigError when there are faults; `files` gives the order. */
export function throwFaults(faults: readonly Fault[], files: readonly SourceFile[]): void {
  if (faults.length > 0) throw new ConfigError(toProblems(faults, files));
}

/** Faults by file and line; `files` gives the order. */
export function toProblems(faults: readonly Fault[], files: readonly SourceFile[]): readonly ConfigProblem[] {
  const order = files.map(({ name }) => name);
  const placed = faults.map((fault) => ({ fault, rank: order.indexOf(fault.file.name), ...locate(fault) }));
  placed.sort((left, right) => left.rank - right.rank || left.line - right.line || left.column - right.column);
  return placed.map(({ fault, line, column }) => toProblem(fault, { line, column }));
}

const locate = ({ file, path, part = 'value' }: Fault) => file.locate(path, part);

function toProblem({ file, path, message, hint }: Fault, position: Position): ConfigProblem {
  return { file: file.name, ...position, path: printPath(path), message, ...(hint !== undefined && { hint }) };
}

/** `file:line:column path: message (hint)` */
export function printProblem({ file, line, column, path, message, hint }: ConfigProblem): string {
  const subject = path === '' ? '' : `${path}: `;
  return `${file}:${line}:${column} ${subject}${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** `clients.travel-agent.access["https://api.acme.example/"][0]` */
export function printPath(path: Path): string {
  return path
    .map((segment, at) => {
      if (typeof segment === 'number') return `[${segment}]`;
      if (!/^[\w-]+$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return at === 0 ? segment : `.${segment}`;
    })
    .join('');
}
