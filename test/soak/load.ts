// Requests as clients send them, and a ledger of what each was told: an answer counts from the moment all of it has come.

import { decodeJwt } from 'jose';
import { type FormFields, type HttpAnswer, postForm } from '../../src/testkit/http.ts';
import type { Parties } from './parties.ts';
import type { Random } from './random.ts';

/** What a client set out to do. */
export type Wish = {
  readonly kind: 'exchange' | 'redeem' | 'refused';
  readonly fields: FormFields;
  readonly clientAssertion: string;
  /** The grant, of a redemption. */
  readonly grant?: string;
};

export type Told = Wish & {
  readonly status: number;
  readonly traceId: string;
  /** Of the token that came; absent in a refusal. */
  readonly jti?: string;
};

export type Ledger = {
  readonly told: Told[];
  /** Sent, and never answered: done or not, nobody knows. */
  readonly untold: Wish[];
};

export const emptyLedger = (): Ledger => ({ told: [], untold: [] });

/** Of ten: five exchanges, four redemptions, and one request of a known client that must be refused. */
const mix: readonly [Wish['kind'], ...Wish['kind'][]] = [
  'refused',
  ...Array.from({ length: 5 }, () => 'exchange' as const),
  ...Array.from({ length: 4 }, () => 'redeem' as const),
];

/** What a client may want next. */
export function nextWish(parties: Parties, random: Random): Wish {
  const clientAssertion = parties.credentials();
  const kind = random.pick(mix);
  if (kind === 'redeem') {
    const grant = parties.grant();
    return { kind, grant, clientAssertion, fields: parties.redeem(grant, clientAssertion) };
  }
  const changes = kind === 'refused' ? { scope: 'nobody:knows' } : {};
  return { kind, clientAssertion, fields: parties.exchange(clientAssertion, changes) };
}

/** Sends `wish` to the broker at `origin` and writes down what comes; false when no whole answer came. */
export async function ask(origin: string, wish: Wish, ledger: Ledger): Promise<boolean> {
  try {
    ledger.told.push({ ...wish, ...read(await postForm(`${origin}/token`, wish.fields)) });
    return true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    ledger.untold.push(wish);
    return false;
  }
}

function read({ status, headers, body }: HttpAnswer): Pick<Told, 'status' | 'traceId' | 'jti'> {
  const token = body['access_token'];
  const jti = typeof token === 'string' ? decodeJwt(token).jti : undefined;
  return { status, traceId: headers.get('crossgrant-trace-id') ?? 'none', ...(jti !== undefined && { jti }) };
}

export type Load = {
  readonly origin: string;
  readonly parties: Parties;
  readonly random: Random;
  /** Requests under way at once. */
  readonly atOnce: number;
  /** Asked after every answer; true ends the load. */
  readonly enough: (ledger: Ledger) => boolean;
};

/** Keeps asking until it is enough or nobody answers any more. */
export async function keepAsking(load: Load, ledger: Ledger): Promise<void> {
  const { origin, parties, random, atOnce, enough } = load;
  const client = async () => {
    while (!enough(ledger) && (await ask(origin, nextWish(parties, random), ledger)));
  };
  await Promise.all(Array.from({ length: atOnce }, client));
}
