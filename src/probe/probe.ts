// Probes a partner: reads what it shows, tries good grants until one is taken, then bad ones, and says what to tell whom.

import { badOf } from '../corpus/catalogue.ts';
import { controls } from '../corpus/controls.ts';
import { runCorpus } from '../corpus/run.ts';
import type { Entry, Result, Target } from '../corpus/types.ts';
import { endpoints } from '../metadata/endpoints.ts';
import type { FoundPartner } from '../partners/read-partner.ts';
import { fitAudience, goodOf, limitsSeen } from './quirks.ts';
import { seenLines } from './seen.ts';
import { strangerLines } from './strangers.ts';
import { type Probed, targetOf } from './target.ts';
import { goodLine, type Ourselves, triedLines } from './tried.ts';
import type { Line, ProbeReport, Sent, Verdict } from './types.ts';

export type ProbeOptions = {
  /** True: every bad grant of the corpus, instead of those a first look takes. */
  readonly all: boolean;
  /** Milliseconds between two grants. */
  readonly pauseMs: number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Told as it goes: how many of about how many grants were tried. */
  readonly progress?: (done: number, of: number) => void;
  /** Told of each grant that was sent. */
  readonly sent?: Sent;
};

/** Grants are tried one after the other, so that the partner is never asked two things at once. */
export async function probePartner(
  domain: string,
  partner: FoundPartner,
  probed: Probed,
  options: ProbeOptions,
): Promise<ProbeReport> {
  const times: number[] = [];
  const target = targetOf(probed, (ms) => times.push(ms));
  const [kind = 'id_jag'] = target.takes;
  const forms = controls.filter((entry) => entry.kind === kind && entry.id !== `${kind}/good`);
  const bad = badOf(kind).filter(({ core }) => options.all || core);
  const attempt = attempts(options, forms.length + bad.length + 4);

  const fitted = await fitAudience(target, attempt);
  const isTaken = fitted.results.at(-1)?.outcome === 'accepted';
  const good = fitted.results.slice(-1).flatMap((result) => goodLine(result, ourselves(probed)) ?? []);
  // Where not even a good one is taken a refusal proves nothing.
  const strangers = isTaken ? await strangerLines(goodOf(target), fitted.target, attempt) : [];
  const tried = isTaken ? await attempt([...forms, ...bad], fitted.target) : [];
  const lines: readonly Line[] = [
    ...seenLines(partner, probed.credentials.method),
    ...good,
    ...strangers,
    ...(isTaken ? triedLines(tried) : [untried]),
  ];
  const judged = tried.filter(
    ({ entry, outcome }) => entry.expect === 'refuse' && outcome !== 'skipped' && outcome !== 'failed',
  );
  return {
    domain,
    by: probed.issuer,
    issuer: probed.server.issuer,
    at: probed.now(),
    tokenEndpoint: probed.server.tokenEndpoint,
    requests: times.length,
    latencyMs: times.length > 0 ? ([...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? null) : null,
    lines,
    counts: countedBy(lines),
    refused: { of: judged.length, count: judged.filter(({ outcome }) => outcome !== 'accepted').length },
    quirks: { ...fitted.quirks, ...limitsSeen(tried) },
  };
}

const untried: Line = {
  id: 'grant/none',
  area: 'bad grants',
  verdict: 'skipped',
  what: 'all of them',
  found: 'no good grant is taken: a refusal would prove nothing',
};

/** As the partner has to know us, so that it can be told. */
function ourselves({ clientThere, credentials, issuer }: Probed): Ourselves {
  if (credentials.method !== 'private_key_jwt')
    return { client: clientThere, credentials: `what we show there (${credentials.method})` };
  const keys =
    credentials.key === undefined
      ? `our keys at ${endpoints(issuer).jwks}`
      : 'the public half of the key we sign with there';
  return { client: clientThere, credentials: keys };
}

function attempts({ pauseMs, sleep, progress, sent }: ProbeOptions, about: number) {
  let done = 0;
  return (entries: readonly Entry[], target: Target): Promise<readonly Result[]> =>
    runCorpus(entries, target, {
      concurrency: 1,
      pauseMs,
      ...(sleep && { sleep }),
      onResult: ({ entry, requests }) => {
        done += 1;
        if (requests > 0) sent?.(entry.expect);
        progress?.(done, Math.max(about, done));
      },
    });
}

function countedBy(lines: readonly Line[]): ProbeReport['counts'] {
  const count = (verdict: Verdict) => lines.filter((line) => line.verdict === verdict).length;
  return { ok: count('ok'), notice: count('notice'), problem: count('problem'), skipped: count('skipped') };
}
