// The blocks of the README: which there are, what each must be compared with, and which were run.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { type Place, runAll } from './shell.ts';
import { asShown, constant, transcriptOf } from './transcript.ts';

export const root = resolve(import.meta.dirname, '../..');

/** As it stands there when the tests begin. */
export const readme = readFileSync(join(root, 'README.md'), 'utf8');

export type Block = {
  /** Of the comment before it: `<!-- example: NAME -->` or `<!-- excerpt: FILE -->`; empty where there is none. */
  readonly kind: 'example' | 'excerpt' | '';
  readonly name: string;
  readonly language: string;
  /** Without the fences; ends with a line end. */
  readonly text: string;
  /** Title of the chapter it stands in. */
  readonly chapter: string;
  /** Line of the fence. */
  readonly line: number;
};

const fence = /(?:<!-- (example|excerpt): (.+?) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;

/** Every fenced block, from the top. */
export function blocksOf(document: string): readonly Block[] {
  return [...document.matchAll(fence)].map(
    ({ index, 0: whole, 1: kind = '', 2: name = '', 3: language = '', 4: text = '' }) => {
      const before = document.slice(0, index);
      const chapter = /^## (.*)$/m.exec(before.slice(before.lastIndexOf('\n## ') + 1))?.[1] ?? '';
      const line = before.split('\n').length + (whole.startsWith('<') ? 1 : 0);
      return { kind: kind as Block['kind'], name, language, text, chapter, line };
    },
  );
}

const blocks = blocksOf(readme);

/** The text of the block of that name. */
export function exampleOf(name: string): string {
  const found = blocks.filter((block) => block.kind === 'example' && block.name === name);
  if (found.length !== 1) throw new Error(`the README has ${found.length} blocks after <!-- example: ${name} -->`);
  return found[0]?.text ?? '';
}

/** The README while its stories are run. */
export type Page = {
  /** The text of a block, for a story that does with it what a reader would; it counts as run. */
  text(name: string): string;
  /** Runs the commands of a transcript: what comes must be what is shown. */
  transcript(name: string, place: Place): Promise<void>;
  /** Runs the commands of a script: each must end with 0, or with the code that is told of it. */
  script(name: string, place: Place, codes?: readonly number[]): Promise<void>;
  /** Output that a story made: it must be what is shown. */
  output(name: string, came: string): void;
  /** Names of the blocks that were run so far. */
  readonly run: ReadonlySet<string>;
  /** What blocks have to show, when they are to be written anew. */
  readonly anew: ReadonlyMap<string, string>;
};

/** `update`: absent, nothing is written anew; `all`, also what differs in times, ids and addresses alone. */
export function openPage(update?: string): Page {
  const run = new Set<string>();
  const anew = new Map<string, string>();
  const text = (name: string) => {
    run.add(name);
    return exampleOf(name);
  };
  const output = (name: string, came: string) => {
    const shown = text(name);
    const told = asShown(shown, came);
    const same = constant(told) === constant(shown);
    // Which lines to leave out is for a person to say.
    const byHand = /^\s*…$/m.test(shown);
    const remedy = byHand ? 'write it anew' : 'run: npm run readme';
    if (!update || byHand) expect(constant(told), `<!-- example: ${name} -->: ${remedy}`).toBe(constant(shown));
    if (update === 'all' || !same) anew.set(name, told);
  };
  return {
    run,
    anew,
    text,
    output,
    async transcript(name, place) {
      output(name, transcriptOf(await runAll(text(name), place)));
    },
    async script(name, place, codes = []) {
      const ran = await runAll(text(name), place);
      for (const [at, { command, code, screen }] of ran.entries())
        expect(code, `${command}\n${screen}`).toBe(codes[at] ?? 0);
    },
  };
}
