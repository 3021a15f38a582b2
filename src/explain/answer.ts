// Answers a question that came over HTTP: from a reader we know, as much as he may see.

import type { Broker } from '../broker.ts';
import { JsonError, parseJsonObject } from '../jose/json.ts';
import { StoreUnavailable } from '../store/store.ts';
import { readQuestion } from './asked.ts';
import { asKnownTo, strangerToPartner } from './by-partner.ts';
import { explainAny, type RulesOn } from './past.ts';
import { isAboutStranger, questionFault, type Reader, readableBy, readerOf } from './readers.ts';

/** A question as it was sent. */
export type SentQuestion = { readonly authorization: string | undefined; readonly body: Uint8Array };

export type SentAnswer = {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Never rejects: whoever asks gets an answer, and the process that serves beside it must not end for a question (in a worker
 * nobody else would catch what is thrown).
 */
export async function answerQuestion(
  sent: SentQuestion,
  readers: readonly Reader[],
  broker: Broker,
  rulesOn: RulesOn,
): Promise<SentAnswer> {
  try {
    return await answer(sent, readers, broker, rulesOn);
  } catch (error) {
    broker.log.error({ err: error }, 'a question could not be answered');
    if (error instanceof StoreUnavailable) return { status: 503, body: { error: 'temporarily_unavailable' } };
    return { status: 500, body: { error: 'server_error' } };
  }
}

/** Answers 401 and 403 before anything is looked at; nothing is told to whoever holds no secret, not even that a question is wrong. */
async function answer(
  { authorization, body }: SentQuestion,
  readers: readonly Reader[],
  broker: Broker,
  rulesOn: RulesOn,
): Promise<SentAnswer> {
  const reader = readerOf(authorization, readers);
  if (reader === undefined) {
    const headers = { 'WWW-Authenticate': 'Bearer realm="crossgrant admin"' };
    return { status: 401, body: { error: 'invalid_token', problem: 'see admin.tokens' }, headers };
  }
  const read = questionIn(body);
  if ('problem' in read) return { status: 400, body: { error: 'invalid_request', problem: read.problem } };
  const { question } = read;
  const fault = questionFault(question, reader);
  if (fault !== undefined) return { status: 403, body: { error: 'forbidden', problem: fault } };
  if (isAboutStranger(question, reader, broker)) return { status: 200, body: strangerToPartner() };
  const known = reader.role === 'partner' ? asKnownTo(reader.issuer ?? '', broker) : broker;
  const explained = await explainAny(question, known, rulesOn);
  if ('problem' in explained) return { status: 404, body: { error: 'not_found', problem: explained.problem } };
  return { status: 200, body: readableBy(reader.role, explained) };
}

function questionIn(body: Uint8Array): ReturnType<typeof readQuestion> {
  try {
    return readQuestion(parseJsonObject(Buffer.from(body)));
  } catch (error) {
    if (error instanceof JsonError) return { problem: error.message };
    throw error;
  }
}
