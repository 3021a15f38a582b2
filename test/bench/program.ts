// Where compiled programs are: those of the children beside this file, the product where the package has it.

import { join, resolve } from 'node:path';

/** A child of the benchmark. */
export const program = (name: string): string => join(import.meta.dirname, `${name}.js`);

/** The command line of the product. */
export const product: string = resolve(import.meta.dirname, '../../src/main.js');
