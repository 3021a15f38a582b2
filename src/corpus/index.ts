// The negative corpus: tokens every receiver should refuse, how they are made, and what comes of them at a server.

export { adviceFor } from './advice.ts';
export { badClientAssertions, badGrants, badOf, badProofs, badSubjectTokens, badTokens } from './catalogue.ts';
export { controls } from './controls.ts';
export { freshKey, keyFromJwk, strangers, tokenKey } from './craft.ts';
export { type BadDraft, defineBad, defineGood, type GoodDraft } from './define.ts';
export { type Kind, kinds } from './kinds.ts';
export { attemptsOf, mintFor } from './mint.ts';
export { needs } from './needs.ts';
export { catalogueText, publishedCatalogue } from './published.ts';
export { type RunOptions, runCorpus } from './run.ts';
export type {
  Attempt,
  Bad,
  Caller,
  ClientAuth,
  Entry,
  Good,
  Issuer,
  Made,
  Mint,
  Need,
  Outcome,
  Result,
  Send,
  Target,
  TokenKey,
  World,
} from './types.ts';
