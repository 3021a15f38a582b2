// What a subject mapping is: how the person of the presented token is called in the token we issue.

import type { z } from 'zod';
import type { SubjectLink } from '../../../store/store.ts';
import type { SecretReference } from '../../../trust/references.ts';
import type { Subject } from '../../types.ts';

export type MappedSubject = {
  readonly sub: string;
  /** Remembers the pair at first sight, in the same transaction as the token. */
  readonly link?: SubjectLink;
};

/** Reads what was remembered of a foreign subject. */
export type FindLink = (issuer: string, tenant: string, sub: string) => Promise<SubjectLink | undefined>;

/** Undefined: this mapping does not know the subject. Refuses with subject.conflict when it must not be believed. */
export type SubjectMapper = (
  subject: Subject,
  findLink: FindLink,
) => MappedSubject | undefined | Promise<MappedSubject | undefined>;

/** What a mapping may reach for when the configuration is read. */
export type MappingContext = { secret(reference: SecretReference): string };

/** One way to map; `from` is its name in the configuration. */
export type SubjectMapping<C = unknown> = {
  readonly from: string;
  readonly spec: string;
  readonly config: z.ZodType<C>;
  /** Claims without which it may not know a subject; of issuer, tenant and `sub` it always knows. */
  looksAt(config: C): readonly string[];
  prepare(config: C, context: MappingContext): SubjectMapper;
};

/** Declares a mapping with its configuration typed. */
export const defineMapping = <C>(mapping: SubjectMapping<C>): SubjectMapping<C> => mapping;
