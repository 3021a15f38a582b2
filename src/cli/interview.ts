// Questions whose answers come from options, else from the person at the terminal, else from defaults.

import { WrongUsage } from './failure.ts';
import type { CliIo } from './io.ts';

export type Question<T> = {
  /** The option that answers it. */
  readonly option: string;
  readonly ask: string;
  /** Meant by an empty answer, and where nobody is asked; absent: it must be answered. */
  readonly fallback?: string;
  /** Reads an answer; throws an Error that goes on where `It ` begins. */
  readonly read: (answer: string) => T;
};

/** A question with several answers: an option each, or words in a line. */
export type ListQuestion<T> = Omit<Question<T>, 'read'> & { readonly read: (answers: readonly string[]) => T };

/** What must be answered, and the answer when an option gave it. */
export type Need = {
  readonly question: Pick<Question<unknown>, 'option' | 'ask' | 'fallback'>;
  readonly given: unknown;
};

export type Interview = {
  /** Throws WrongUsage that names all of them nobody can answer, so that nobody finds out one by one. */
  check(needs: readonly Need[]): void;
  one<T>(question: Question<T>, given?: string): Promise<T>;
  several<T>(question: ListQuestion<T>, given?: readonly string[]): Promise<T>;
};

/** `silent`: nobody is asked, even at a terminal. Throws WrongUsage where an answer is needed and nobody can give it. */
export function interview(io: CliIo, silent: boolean): Interview {
  const ask = silent ? undefined : io.ask;

  async function one<T>(question: Question<T>, given?: string): Promise<T> {
    if (given !== undefined) return readGiven(question, given);
    if (ask !== undefined) return askUntilGood(question, ask, io);
    const { fallback } = question;
    if (fallback === undefined) throw unanswered([question]);
    return readGiven(question, fallback);
  }

  return {
    check(needs) {
      const open = needs.filter(({ question, given }) => given === undefined && question.fallback === undefined);
      if (ask === undefined && open.length > 0) throw unanswered(open.map(({ question }) => question));
    },
    one,
    several(question, given) {
      if (given !== undefined) return one({ ...question, read: () => question.read(given) }, '');
      return one({ ...question, read: (answer) => question.read(answer.split(/\s+/).filter((word) => word !== '')) });
    },
  };
}

function unanswered(questions: readonly Need['question'][]): WrongUsage {
  const [first, ...more] = questions;
  if (first && more.length === 0) return new WrongUsage(`nobody is asked, so say ${first.option}: ${first.ask}`);
  const width = Math.max(...questions.map(({ option }) => option.length));
  const lines = questions.map(({ option, ask }) => `  ${option.padEnd(width)}  ${ask}`);
  return new WrongUsage(['nobody is asked, so say', ...lines].join('\n'));
}

async function askUntilGood<T>(question: Question<T>, ask: NonNullable<CliIo['ask']>, io: CliIo): Promise<T> {
  const { ask: text, fallback } = question;
  const prompt = fallback ? `${text} [${fallback}]: ` : `${text}: `;
  for (;;) {
    const answer = (await ask(prompt)).trim() || fallback;
    const read = answer === undefined ? new Error('must be answered') : attempt(question, answer);
    if (!(read instanceof Error)) return read.value;
    io.stderr.write(`It ${read.message}.\n`);
  }
}

function readGiven<T>(question: Question<T>, given: string): T {
  const read = attempt(question, given);
  if (read instanceof Error) throw new WrongUsage(`${question.option} ${read.message}`);
  return read.value;
}

function attempt<T>({ read }: Question<T>, answer: string): { readonly value: T } | Error {
  try {
    return { value: read(answer) };
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** A reader that takes the text as it is, unless `fault` says what is wrong with it. */
export const textWithout = (fault: (text: string) => string | undefined) => (text: string) => {
  const wrong = fault(text);
  if (wrong !== undefined) throw new Error(wrong);
  return text;
};

/** Resolves when it may go on: `--yes`, or the person at the terminal says so. Throws where nobody does. */
export async function confirm(question: string, { yes }: { readonly yes?: boolean }, io: CliIo): Promise<void> {
  if (yes === true) return;
  if (io.ask === undefined) throw new WrongUsage(`nobody is asked, so say --yes: ${question}`);
  const answer = (await io.ask(`${question} [y/N] `)).trim().toLowerCase();
  if (answer !== 'y' && answer !== 'yes') throw new Error('nothing was changed');
}
