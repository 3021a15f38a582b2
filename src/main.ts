#!/usr/bin/env node
// The start: hands the command line to the commands.

import { runCli } from './cli/index.ts';

process.exitCode = await runCli(process.argv, process);
