// What every store must do. A store passes when this suite passes on databases of its kind.

import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { atomicity } from './conformance/atomicity.ts';
import { auditChain } from './conformance/audit.ts';
import { keys } from './conformance/keys.ts';
import { counting, foreignTokens, partners, processes } from './conformance/operations.ts';
import { pruning } from './conformance/pruning.ts';
import { singleUse } from './conformance/single-use.ts';
import { links, tokens } from './conformance/subjects.ts';
import { suspending } from './conformance/suspending.ts';
import { availability, sweeping } from './conformance/upkeep.ts';
import { versions } from './conformance/versions.ts';
import { watching } from './conformance/watching.ts';
import type { Database, Open } from './database.ts';

/** Runs the suite; `create` makes an empty database for each test. */
export function storeConformance(name: string, create: () => Promise<Database>): void {
  describe(`${name} store`, () => {
    let database: Database;
    const opened: Store[] = [];
    const open: Open = async () => {
      const store = await database.open();
      opened.push(store);
      return store;
    };
    beforeEach(async () => {
      database = await create();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
      await database.drop();
    });

    describe('single use', () => singleUse(open));
    describe('all or nothing', () => atomicity(open));
    describe('subject links', () => links(open));
    describe('issued tokens', () => tokens(open));
    describe('signing keys', () => keys(open));
    describe('audit chains', () => auditChain(open));
    describe('pruning', () => pruning(open));
    describe('suspending', () => suspending(open));
    describe('versions', () => versions(open));
    describe('processes', () => processes(open));
    describe('partners', () => partners(open));
    describe('counting', () => counting(open));
    describe('tokens of partners', () => foreignTokens(open));
    describe('watching', () => watching(open));
    describe('sweeping', () => sweeping(open));
    describe('availability', () => availability(open));
  });
}
