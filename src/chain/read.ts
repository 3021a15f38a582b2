// Reads a chain file; mistakes are named with file, line and column.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readDocument } from '../config/document.ts';
import { readBySchema } from '../config/issues.ts';
import { throwFaults } from '../config/problems.ts';
import { namesThatLeadNowhere } from './names.ts';
import { type ChainFile, chainFile } from './schema/file.ts';

/** A chain, and the folder that relative paths in it start from. */
export type Chain = ChainFile & { readonly file: string; readonly folder: string };

/** Throws a ConfigError that lists every mistake; the system's error when it cannot be read. */
export function readChain(path: string): Chain {
  const document = readDocument(path, readFileSync(path, 'utf8'));
  throwFaults(document.faults, [document]);
  const { value, faults = [] } = readBySchema(chainFile, document.value, document);
  throwFaults(faults, [document]);
  const nowhere = value ? namesThatLeadNowhere(value).map((fault) => ({ file: document, ...fault })) : [];
  throwFaults(nowhere, [document]);
  if (value === undefined) throw new Error(`${path} has neither content nor faults`);
  return { ...value, file: path, folder: dirname(path) };
}
