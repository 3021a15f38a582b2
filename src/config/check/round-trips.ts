// Round trips: what leaves under a name and comes back must be what left, or a scope grows by going round (RFC 8693 §1, design §2.9).

import type { Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { acceptSites, accessSites, sendSites } from '../rule-sites.ts';

/** Scopes that come back from a domain, or from ourselves, as other scopes of ours than they left as. */
export function checkRoundTrips(files: Files): readonly Fault[] {
  return roundTrips(files)
    .filter(({ isOurs }) => isOurs)
    .map(({ fault }) => fault);
}

/** The same for names that are nobody's at our resources: whether they mean less or more cannot be told. */
export function adviseOnRoundTrips(files: Files): readonly Fault[] {
  return roundTrips(files)
    .filter(({ isOurs }) => !isOurs)
    .map(({ fault }) => fault);
}

type RoundTrip = { readonly fault: Fault; readonly isOurs: boolean };

function roundTrips(files: Files): readonly RoundTrip[] {
  const ours = new Set(Object.values(files.main.config.resources).flatMap(({ scopes }) => scopes));
  return [...throughPartners(files, ours), ...throughOurselves(files, ours)];
}

/** A → B → A: a `send` and an `accept` of one domain, put one behind the other. */
function throughPartners(files: Files, ours: ReadonlySet<string>): readonly RoundTrip[] {
  const sends = sendSites(files);
  return acceptSites(files).flatMap(({ id, file, path, rule }) =>
    Object.entries(rule.scopes).flatMap(([there, back]) => {
      const left = sends
        .filter((site) => site.file === file)
        .flatMap((site) => Object.entries(site.rule.scopes).map(([here, theirs]) => ({ here, theirs, rule: site.id })))
        .find(({ here, theirs }) => theirs === there && here !== back);
      if (left === undefined) return [];
      const message = `what leaves as ${left.here} by ${left.rule} is ${there} at ${file.domain} and comes back by ${id} as ${back}`;
      const hint = `map ${there} to ${left.here}, or send ${left.here} under another name`;
      return [{ fault: { file, path: [...path, 'scopes', there], message, hint }, isOurs: ours.has(left.here) }];
    }),
  );
}

/** A → A: our own tokens are taken back, and a rule for the resource they are for calls their scope something else. */
function throughOurselves(files: Files, ours: ReadonlySet<string>): readonly RoundTrip[] {
  const own = files.domains.find(({ config }) => config.issuer === files.main.config.issuer && config.subjects);
  if (own === undefined) return [];
  return accessSites(files)
    .filter(({ rule }) => rule.from.length === 0 || rule.from.includes(own.domain))
    .flatMap(({ id, file, path, resource, rule }) =>
      Object.entries(rule.scopes)
        .filter(([held, granted]) => held !== granted && ours.has(held))
        .map(([held, granted]) => {
          const message = `a token of ours that holds ${held} (${own.domain}.subjects) comes back by ${id} with ${granted} for ${resource}`;
          const hint = 'let the rule be `from` other domains, or keep the name';
          return { fault: { file, path: [...path, 'scopes', held], message, hint }, isOurs: true };
        }),
    );
}
