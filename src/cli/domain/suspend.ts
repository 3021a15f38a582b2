// crossgrant domain suspend, crossgrant domain resume: stops another domain at once, and lets it go on.

import type { Command } from 'commander';
import type { CliIo } from '../io.ts';
import { resumeCommand, type StopFlags, suspendCommand } from '../stopping.ts';
import { domainTarget } from '../target.ts';

const argument = ['<name>', 'its name, or its issuer identifier'] as const;

export function suspendDomain(io: CliIo): Command {
  return suspendCommand<StopFlags>('domain', (name, _, broker) => domainTarget(name, broker), io).argument(...argument);
}

export function resumeDomain(io: CliIo): Command {
  return resumeCommand<StopFlags>('domain', (name, _, broker) => domainTarget(name, broker), io).argument(...argument);
}
