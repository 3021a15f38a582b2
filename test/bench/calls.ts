// Calls between the benchmark and its child processes, over the channel node opens to a forked one.

import { spawn } from 'node:child_process';
import { pinned } from './cores.ts';

/** What a child can be asked: each takes one value and answers with one, both as structured clones. */
export type Commands = Readonly<Record<string, (input: never) => unknown>>;

type Question = { readonly id: number; readonly command: string; readonly input: unknown };
type Reply = { readonly id: number; readonly output?: unknown; readonly error?: string };

export type Child<C extends Commands> = {
  /** Rejects with what the command threw, or when the child ends. */
  ask<Name extends keyof C & string>(
    command: Name,
    ...input: Parameters<C[Name]>
  ): Promise<Awaited<ReturnType<C[Name]>>>;
  /** Ends the child; resolves when it has gone. */
  stop(): Promise<void>;
};

export type ChildOptions = {
  /** As taskset takes them. */
  readonly cores: string;
  readonly args?: readonly string[];
  /** For node itself. */
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** Milliseconds after which an answer is not waited for: the longest work is to fill a large database. */
const patience = 600_000;

/** Starts `program` (a compiled file) pinned to `cores`; what it writes goes to standard error. */
export function startChild<C extends Commands>(program: string, options: ChildOptions): Child<C> {
  const { cores, args = [], execArgv = [], env = {} } = options;
  const [command, line] = pinned(cores, [...execArgv, program, ...args]);
  const child = spawn(command, line, {
    stdio: ['ignore', 2, 2, 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...env },
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  let gone = false;
  child.on('message', (message) => {
    const reply = message as Reply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  const ended = new Promise<void>((done) =>
    child.once('exit', (code, signal) => {
      gone = true;
      for (const [id, answer] of waiting) answer({ id, error: `${program} ended: ${code ?? signal}` });
      done();
    }),
  );
  return {
    ask(name, ...[input]) {
      if (gone) return Promise.reject(new Error(`${program} has ended`));
      last += 1;
      const question: Question = { id: last, command: name, input };
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${program} has not answered ${name}`)), patience);
        waiting.set(question.id, ({ output, error }) => {
          clearTimeout(late);
          if (error === undefined) resolve(output as Awaited<ReturnType<C[typeof name]>>);
          else reject(new Error(error));
        });
        child.send(question, (failed) => failed && reject(failed));
      });
    },
    async stop() {
      if (!gone) child.disconnect();
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** In the child: answers questions until the parent lets go, then runs `close`. */
export function answerCalls(commands: Commands, close: () => Promise<void> = async () => {}): void {
  process.on('message', async (message) => {
    const { id, command, input } = message as Question;
    const reply = await answer(commands, command, input).then(
      (output): Reply => ({ id, output }),
      (error: unknown): Reply => ({ id, error: error instanceof Error ? (error.stack ?? error.message) : `${error}` }),
    );
    process.send?.(reply);
  });
  process.once('disconnect', () => void close().finally(() => process.exit()));
}

async function answer(commands: Commands, command: string, input: unknown): Promise<unknown> {
  const perform = commands[command];
  if (perform === undefined) throw new Error(`no command ${command}`);
  return perform(input as never);
}
