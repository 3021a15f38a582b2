// The corpus as data, for people who build their tokens with other tools: fixtures/corpus/catalogue.json.

import type { JsonObject } from '../jose/json.ts';
import { badTokens } from './catalogue.ts';
import { controls } from './controls.ts';
import { type Kind, kinds } from './kinds.ts';
import { needs } from './needs.ts';
import type { Bad, Entry, Good } from './types.ts';

const about = {
  bad: 'Tokens that should be refused, and `how` each departs from a good one. `kinds` lists the kinds of token it is tried with, and what holds for one of them alone.',
  good: 'Tokens that should be taken. Where the one called `good` is not, a refusal of that kind proves nothing.',
  severity: '`must`: a specification forbids (or demands) to take it. `should`, `may`: it leaves that to the receiver.',
  errors: 'OAuth error codes a conformant server may answer with.',
  reason: 'Why crossgrant refuses it; `taken_with` is the setting with which it takes it on purpose.',
  core: 'One of the few that a first look at a server takes.',
};

/** The text of the file: one defect a line, so that a change is seen as what it is. */
export function catalogueText(): string {
  const { good, bad, ...rest } = publishedCatalogue();
  const lines = (list: readonly JsonObject[]) => `[\n${list.map((one) => JSON.stringify(one)).join(',\n')}\n]`;
  const head = Object.entries(rest).map(([name, value]) => `"${name}": ${JSON.stringify(value)},\n`);
  return `{\n${head.join('')}"good": ${lines(good)},\n"bad": ${lines(bad)}\n}\n`;
}

/** One object per defect; what holds for some kinds only stands with them. */
export function publishedCatalogue() {
  return {
    about,
    kinds: Object.fromEntries(
      Object.entries(kinds).map(([kind, { name, spec, place, needs: needed }]) => [
        kind,
        { name, spec, place, ...(needed && { needs: needed }) },
      ]),
    ),
    needs,
    good: grouped(controls, goodData),
    bad: grouped(badTokens, badData),
  };
}

const goodData = ({ how, section, severity, reason, needs: needed }: Good): JsonObject => ({
  how,
  section,
  severity,
  ...(reason !== undefined && { reason }),
  ...(needed.length > 0 && { needs: needed }),
});

const badData = ({
  how,
  attack,
  fix,
  section,
  severity,
  errors,
  reason,
  core,
  takenWith,
  needs: needed,
}: Bad): JsonObject => ({
  how,
  attack,
  fix,
  section,
  severity,
  errors,
  reason,
  ...(core && { core }),
  ...(takenWith !== undefined && { taken_with: takenWith }),
  ...(needed.length > 0 && { needs: needed }),
});

function grouped<E extends Entry>(entries: readonly E[], data: (entry: E) => JsonObject): readonly JsonObject[] {
  const names = [...new Set(entries.map(nameOf))];
  return names.map((name) => {
    const same = entries.filter((entry) => nameOf(entry) === name).map((entry) => [entry.kind, data(entry)] as const);
    return { name, ...withKinds(same) };
  });
}

/** The part of the id behind the kind. */
const nameOf = ({ id, kind }: Entry): string => id.slice(kind.length + 1);

/** Members all kinds agree on, and `kinds` with the rest. */
function withKinds(same: readonly (readonly [Kind, JsonObject])[]): JsonObject {
  const text = (value: unknown) => JSON.stringify(value);
  const [, first = {}] = same[0] ?? [];
  const agreed = Object.keys(first).filter((member) =>
    same.every(([, other]) => text(other[member]) === text(first[member])),
  );
  const members = Object.fromEntries(agreed.map((member) => [member, first[member]]));
  const rest = same.map(([kind, all]) => [
    kind,
    Object.fromEntries(Object.entries(all).filter(([member]) => !agreed.includes(member))),
  ]);
  return { ...members, kinds: Object.fromEntries(rest) };
}
