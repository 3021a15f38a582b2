// For every test file there is: whatever its brokers logged, no token or secret that was on the wire meanwhile is told in it.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, expect } from 'vitest';
import { tellable, tellableMessage } from '../../src/observe/log-fields.ts';
import { type Exchanged, httpChannel, type LoggedLine, logChannel } from '../../src/testkit/channels.ts';
import { stderrChannel } from './stderr-channel.ts';

/** Words of the log that are long enough to be part of a token. */
const told = new Set<string>();
const secrets = new Set<string>();

/** What a part of a token looks like; shorter runs of letters are names and ids. */
const words = /(?<![\w-])[\w-]{20,}/g;
const compactTokens = /(?<![\w-])[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}/g;

function hear(text: string): void {
  for (const [word] of text.matchAll(words)) told.add(word);
}

function hearLine(message: unknown): void {
  const { fields, message: text } = message as LoggedLine;
  hear(`${JSON.stringify(tellable(fields))} ${tellableMessage(text)}`);
}

function remember(message: unknown): void {
  const { sent, headers, received } = message as Exchanged;
  // A form leaves the letters of a token as they are.
  const wire = `${sent} ${Object.values(headers).join(' ')} ${received}`;
  for (const [token] of wire.matchAll(compactTokens)) for (const part of token.split('.')) secrets.add(part);
  const secret = new URLSearchParams(sent).get('client_secret');
  if (secret !== null) for (const [word] of secret.matchAll(words)) secrets.add(word);
}

const hearText = (message: unknown) => hear(String(message));

subscribe(logChannel.name, hearLine);
subscribe(httpChannel.name, remember);
subscribe(stderrChannel.name, hearText);

afterAll(() => {
  unsubscribe(logChannel.name, hearLine);
  unsubscribe(httpChannel.name, remember);
  unsubscribe(stderrChannel.name, hearText);
  expect(
    [...secrets].filter((part) => told.has(part)),
    'told in the log',
  ).toEqual([]);
});
