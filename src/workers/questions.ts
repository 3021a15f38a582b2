// What the primary asks worker processes, and what they answer: over the pipe of node:cluster, beside its other messages.

import cluster, { type Worker } from 'node:cluster';
import type { SentAnswer, SentQuestion } from '../explain/answer.ts';
import type { Report } from '../observe/report.ts';

/** What can be asked. A worker answers each from what `Asked` holds. */
type Question =
  | { readonly say: 'report'; readonly asked: number }
  /** `body` is base64: the pipe speaks JSON. */
  | { readonly say: 'explain'; readonly asked: number; readonly authorization?: string; readonly body: string };
type Told =
  | { readonly say: 'reported'; readonly asked: number; readonly report: Report }
  | { readonly say: 'explained'; readonly asked: number; readonly answer: SentAnswer };

/** A worker whose event loop does not turn by then (milliseconds) is told as one that does not answer. */
const answerWithin = 2000;
/** Explaining may have to fetch keys, and to ask a partner. */
const explainWithin = 15_000;

/** What a worker is asked about. */
export type Asked = {
  readonly report: () => Promise<Report>;
  readonly explain: (sent: SentQuestion) => Promise<SentAnswer>;
};

/** In a worker: answers each question of the primary. */
export function answerQuestions({ report, explain }: Asked): undefined {
  const { worker } = cluster;
  const answer = async (question: Question): Promise<Told> => {
    const { asked } = question;
    if (question.say === 'report') return { say: 'reported', asked, report: await report() };
    const { authorization, body } = question;
    return { say: 'explained', asked, answer: await explain({ authorization, body: Buffer.from(body, 'base64') }) };
  };
  worker?.on('message', async (question: Question) => {
    if (question.say !== 'report' && question.say !== 'explain') return;
    const told = await answer(question);
    // Who asked may be gone meanwhile.
    if (worker.isConnected()) worker.send(told, () => {});
  });
}

/** What the listener for operators asks, of workers. */
export type WorkerSources = {
  readonly reports: () => Promise<readonly Report[]>;
  readonly explain: (sent: SentQuestion) => Promise<SentAnswer | undefined>;
};

/** In the primary, before the first worker starts: asks all that take connections, or one of them what any can answer. */
export function askWorkers(): WorkerSources {
  const listening = new Set<Worker>();
  cluster.on('listening', (worker) => {
    listening.add(worker);
    worker.once('exit', () => listening.delete(worker));
  });
  let questions = 0;
  const next = () => {
    questions += 1;
    return questions;
  };
  return {
    reports() {
      const asked = next();
      return Promise.all([...listening].map((worker) => askForReport(worker, asked)));
    },
    async explain({ authorization, body }) {
      const [worker] = listening;
      if (worker === undefined) return undefined;
      const sent = {
        ...(authorization !== undefined && { authorization }),
        body: Buffer.from(body).toString('base64'),
      };
      const told = await ask(worker, { say: 'explain', asked: next(), ...sent }, explainWithin);
      return typeof told === 'object' && told.say === 'explained' ? told.answer : undefined;
    },
  };
}

async function askForReport(worker: Worker, asked: number): Promise<Report> {
  const told = await ask(worker, { say: 'report', asked }, answerWithin);
  if (told === 'gone') return gone;
  return told !== 'silent' && told.say === 'reported' ? told.report : silent;
}

function ask(worker: Worker, question: Question, within: number): Promise<Told | 'gone' | 'silent'> {
  return new Promise((resolve) => {
    const end = (told: Told | 'gone' | 'silent') => {
      clearTimeout(late);
      worker.off('message', hear);
      worker.off('exit', leave);
      resolve(told);
    };
    const hear = (told: Told) => told.asked === question.asked && end(told);
    const leave = () => end('gone');
    const late = setTimeout(() => end('silent'), within);
    worker.on('message', hear);
    worker.once('exit', leave);
    worker.send(question, (error) => error && leave());
  });
}

/** It ended while it was asked: another one takes its place, and the others serve. */
const gone: Report = { metrics: [], readiness: { ready: true, checks: [], warnings: [] } };

const silent: Report = {
  metrics: [],
  readiness: {
    ready: false,
    checks: [
      {
        name: 'answering',
        ok: false,
        problem: 'a worker process does not answer',
        remedy: 'see what it is busy with; one that stays silent must be killed, and another one takes its place',
      },
    ],
    warnings: [],
  },
};
