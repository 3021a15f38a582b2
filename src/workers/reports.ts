// What worker processes tell of themselves when the primary asks: over the pipe of node:cluster, beside its other messages.

import cluster, { type Worker } from 'node:cluster';
import type { Report } from '../observe/report.ts';

type Question = { readonly say: 'report'; readonly asked: number };
type Told = { readonly say: 'reported'; readonly asked: number; readonly report: Report };

/** A worker whose event loop does not turn by then (milliseconds) is told as one that does not answer. */
const answerWithin = 2000;

/** In a worker: answers each question of the primary with what `report` gives. */
export function answerReports(report: () => Promise<Report>): undefined {
  const { worker } = cluster;
  worker?.on('message', async (question: Question) => {
    if (question.say !== 'report') return;
    const told: Told = { say: 'reported', asked: question.asked, report: await report() };
    // Who asked may be gone meanwhile.
    if (worker.isConnected()) worker.send(told, () => {});
  });
}

/** In the primary, before the first worker starts: asks all that take connections. */
export function collectReports(): () => Promise<readonly Report[]> {
  const listening = new Set<Worker>();
  cluster.on('listening', (worker) => {
    listening.add(worker);
    worker.once('exit', () => listening.delete(worker));
  });
  let questions = 0;
  return () => {
    questions += 1;
    const asked = questions;
    return Promise.all([...listening].map((worker) => ask(worker, asked)));
  };
}

function ask(worker: Worker, asked: number): Promise<Report> {
  return new Promise((resolve) => {
    const end = (report: Report) => {
      clearTimeout(late);
      worker.off('message', hear);
      worker.off('exit', leave);
      resolve(report);
    };
    const hear = (told: Told) => told.say === 'reported' && told.asked === asked && end(told.report);
    const leave = () => end(gone);
    const late = setTimeout(() => end(silent), answerWithin);
    worker.on('message', hear);
    worker.once('exit', leave);
    worker.send({ say: 'report', asked } satisfies Question, (error) => error && leave());
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
