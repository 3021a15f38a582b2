// What child processes of tests write to their standard error, piece by piece, for whoever listens.

import { channel } from 'node:diagnostics_channel';

export const stderrChannel = channel('crossgrant.test.stderr');
