// What an operator says yes to of a bundle: by options, or asked part by part at the terminal.

import type { Loaded } from '../../config/compile.ts';
import type { DomainFile } from '../../config/files.ts';
import type { Consent } from '../../partners/bundle/consent.ts';
import type { Bundle } from '../../partners/bundle/open.ts';
import { registeredThere } from '../../partners/bundle/send-part.ts';
import { askDomainName, askExpiry, inAYear } from '../domain/add-plan.ts';
import { readClients, readScopes, readSentSubject, readTemplate, readUris } from '../domain/words.ts';
import type { Interview } from '../interview.ts';

export type ConsentFlags = {
  readonly name?: string;
  readonly expires?: string;
  readonly accept?: boolean;
  readonly acceptClient?: readonly string[];
  readonly acceptResource?: readonly string[];
  readonly acceptScope?: readonly string[];
  readonly acceptSubject?: string;
  readonly send?: boolean;
  readonly client?: readonly string[];
  readonly resource?: readonly string[];
  readonly scope?: readonly string[];
  readonly subject?: string;
};

/** What an answer goes by; `file`: ours about the sender, where there is one. */
type Known = { readonly bundle: Bundle; readonly file: DomainFile | undefined; readonly loaded: Loaded };

/** Nobody asked means no. */
export async function askConsent(ask: Interview, flags: ConsentFlags, known: Known): Promise<Consent> {
  const accept = await askAccept(ask, flags, known);
  const send = await askSend(ask, flags, known);
  return { ...(accept && { accept }), ...(send && { send }) };
}

async function askAccept({ one }: Interview, flags: ConsentFlags, { bundle, file }: Known): Promise<Consent['accept']> {
  const { acceptClient, acceptResource, acceptScope, acceptSubject } = flags;
  const named = [acceptClient, acceptResource, acceptScope, acceptSubject].some((flag) => flag !== undefined);
  const isOpen = flags.accept !== true && !named && bundle.claims.brings !== undefined;
  const question = {
    option: '--accept',
    ask: 'Let their agents in, to what they ask for and we have (yes, no)',
    fallback: 'no',
    read: readYes,
  };
  const all = flags.accept === true || (isOpen && (await one(question)));
  if (!all && !named) return undefined;
  // A wider scope for those who are in lets in nobody else.
  const clients = acceptClient ?? (all || file?.config.accept === undefined ? undefined : []);
  return {
    ...(clients && { clients }),
    ...(acceptResource && { resources: readUris(acceptResource) }),
    ...(acceptScope && { scopes: readScopes(acceptScope) }),
    ...(acceptSubject !== undefined && { subject: readTemplate(acceptSubject) }),
  };
}

async function askSend(
  { several }: Interview,
  flags: ConsentFlags,
  { bundle, file, loaded }: Known,
): Promise<Consent['send']> {
  const { resource, scope, subject } = flags;
  const named = [flags.client, resource, scope, subject].some((flag) => flag !== undefined);
  const { offers } = bundle.claims;
  const isOpen = flags.send !== true && !named && offers !== undefined && file?.config.send === undefined;
  const ours = Object.keys(loaded.files.main.config.clients).join(' ');
  const matched = offers ? Object.entries(registeredThere(offers, loaded)).map(([id, there]) => `${id}=${there}`) : [];
  const hint = matched.length > 0 ? `; they know ${matched.join(' ')}` : '';
  const clients = isOpen
    ? await several({
        option: '--client',
        ask: `Our clients that may go there, as OURS=ID-THERE (we have ${ours}${hint}; none: nobody)`,
        fallback: '',
        read: readClients,
      })
    : flags.client && readClients(flags.client);
  if (flags.send !== true && !named && Object.keys(clients ?? {}).length === 0) return undefined;
  return {
    ...(clients && { clients }),
    ...(resource && { resources: readUris(resource) }),
    ...(scope && { scopes: readScopes(scope) }),
    ...(subject !== undefined && { subject: readSentSubject(subject) }),
  };
}

function readYes(answer: string): boolean {
  if (!['yes', 'y', 'no', 'n'].includes(answer.toLowerCase())) throw new Error('must be yes or no');
  return answer.toLowerCase().startsWith('y');
}

/** For a new file: its name, and until when, which is no longer than they say. */
export async function askFile(ask: Interview, flags: ConsentFlags, { claims }: Bundle, loaded: Loaded, now: number) {
  const name = await askDomainName(ask, flags.name, claims.iss, loaded);
  const year = inAYear(now);
  const { until = year } = claims;
  const expires = await askExpiry(ask, flags.expires, until < year ? until : year);
  return { name, expires };
}
