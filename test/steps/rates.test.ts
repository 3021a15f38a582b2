// Counting callers: one number for each, addresses under one spelling, and never more of them than there is room for.

import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { countedAddress } from '../../src/rates/address.ts';
import { afterOneMore, full, hasRoom, type Rate } from '../../src/rates/rate.ts';
import { openRates, type RateSettings } from '../../src/rates/rates.ts';

describe('a rate', () => {
  const rate = fc.record({ perSecond: fc.integer({ min: 1, max: 10_000 }), burst: fc.integer({ min: 1, max: 500 }) });

  it('lets through its burst at once and not one more, then one for each of its intervals', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 0, max: 1_000_000_000 }), ({ perSecond, burst }, start) => {
        let bucket = full;
        const take = (now: number) => {
          const room = hasRoom(bucket, { perSecond, burst }, now);
          if (room) bucket = afterOneMore(bucket, { perSecond, burst }, now);
          return room;
        };
        const interval = 1000 / perSecond;
        expect(Array.from({ length: burst }, () => take(start))).not.toContain(false);
        expect(take(start)).toBe(false);
        // A hundredth more than the interval, since times are fractions of milliseconds.
        expect([take(start + interval * 1.01), take(start + interval * 1.01)]).toEqual([true, false]);
      }),
    );
  });

  it('in any stretch of time never more than its burst and what has come back since', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 200 });
    fc.assert(
      fc.property(rate, gaps, ({ perSecond, burst }, waits) => {
        let [bucket, now, passed] = [full, 0, 0];
        for (const wait of waits) {
          now += wait;
          if (!hasRoom(bucket, { perSecond, burst }, now)) continue;
          bucket = afterOneMore(bucket, { perSecond, burst }, now);
          passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(burst + (now * perSecond) / 1000 + 1e-2);
      }),
    );
  });
});

describe('RFC 5952 addresses', () => {
  it('of IPv6 are counted by their /64, however they are spelled', () => {
    const groups = fc.array(fc.constantFrom(0, 0, 1, 0xa, 0xdb8, 0xffff), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (parts) => {
        const network = `${parts
          .slice(0, 4)
          .map((part) => part.toString(16))
          .join(':')}::/64`;
        const long = parts.map((part) => part.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const short = new SocketAddress({ family: 'ipv6', address: long }).address;
        fc.pre(!short.startsWith('::ffff:'));
        expect([countedAddress(long), countedAddress(short), countedAddress(`${short}%eth0`)]).toEqual(
          Array.from({ length: 3 }, () => network),
        );
      }),
    );
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ])('%s is counted as %s', (address, counted) => expect(countedAddress(address)).toBe(counted));
});

it('other settings apply at once, and forget nothing', () => {
  const atOnce = (burst: number): RateSettings => {
    const rate: Rate = { perSecond: 1, burst };
    return { client: rate, address: rate, proxies: { networks: [], header: 'x-forwarded-for' } };
  };
  const rates = openRates(atOnce(1), () => 0);
  const agent = { id: 'agent' };
  expect([rates.takes(agent, undefined), rates.takes(agent, undefined)]).toEqual([true, false]);
  const wider = rates.under(atOnce(3));
  expect([1, 2, 3].map(() => wider.takes(agent, undefined))).toEqual([true, true, false]);
});

it('whoever fails from ever new addresses takes no more memory than there is: the oldest are forgotten', () => {
  const one = { perSecond: 1, burst: 1 };
  const rates = openRates({ client: one, address: one, proxies: { networks: [], header: 'x-forwarded-for' } }, () => 0);
  const addresses = Array.from(
    { length: limits.countedAddresses + 1 },
    (_, at) => `2001:db8:${at.toString(16)}:1::/64`,
  );
  for (const address of addresses) rates.failed({ address });
  const heard = addresses.filter((address) => rates.hears({ address }));
  expect(heard).toEqual(addresses.slice(0, 1));
});
