// What must be asked before anything of ours is sent to a partner.

import { registrations } from '../../config/check/clients.ts';
import type { Loaded } from '../../config/compile.ts';
import { suggest } from '../../config/nearest.ts';
import { grantKinds } from '../../config/schema/send.ts';
import type { SendPlan } from '../../partners/domain-yaml.ts';
import type { Profile } from '../../trust/profiles/types.ts';
import { type Interview, type ListQuestion, textWithout } from '../interview.ts';
import type { Known, PlanFlags } from './add-plan.ts';
import { readClients, readScopes, readSentSubject, readUris } from './words.ts';

const isKind = (text: string) => grantKinds.some((kind) => kind === text);
const readKind = textWithout((text) => (isKind(text) ? undefined : `must be one of ${grantKinds.join(', ')}`));

/** Names of a list that a question repeats. */
const shown = 20;

/** Which clients of ours may go there. */
export const clientsQuestion = (loaded: Loaded): ListQuestion<Readonly<Record<string, string>>> => ({
  option: '--client',
  ask: `Our clients that may go there, as OURS=ID-THERE (we have ${Object.keys(loaded.files.main.config.clients).join(' ') || 'none'})`,
  read: (texts) => ofOurs(readClients(texts), loaded),
});

export async function askSend(
  ask: Interview,
  flags: PlanFlags,
  { found, resources, loaded }: Known,
  profile: Profile | undefined,
): Promise<SendPlan> {
  const { announced } = found;
  const [sole, ...further] = announced.resources;
  const grant = await ask.one(
    {
      option: '--grant',
      ask: `Kind of grant (${grantKinds.join(', ')})`,
      fallback: usualGrant(profile),
      read: readKind,
    },
    flags.grant,
  );
  const clients = await ask.several(clientsQuestion(loaded), flags.client);
  const uris = await ask.several(
    {
      option: '--resource',
      ask: `Resources of theirs (they announce ${announced.resources.slice(0, shown).join(' ') || 'none'})`,
      fallback: further.length === 0 ? (sole ?? '') : '',
      read: readUris,
    },
    flags.resource,
  );
  const known = [...new Set([...resources.flatMap(({ scopes }) => scopes), ...announced.scopes])].slice(0, shown);
  const scopes = await ask.several(
    {
      option: '--scope',
      ask: `Scopes, as OURS=THEIRS or one name for both (they announce ${known.join(' ') || 'none'})`,
      fallback: '',
      read: readScopes,
    },
    flags.scope,
  );
  const subject = await ask.one(
    {
      option: '--subject',
      ask: 'How they know our people: sub, email or a template',
      fallback: 'sub',
      read: readSentSubject,
    },
    flags.subject,
  );
  const ours = loaded.files.main.config.clients;
  const named = Object.keys(clients).every((id) => ours[id]?.agent !== undefined);
  const quirks = profile && quirksOf(profile);
  return {
    grant,
    clients,
    resources: uris,
    scopes,
    subject,
    actor: named ? 'agent' : 'carry',
    lifetime: '5m',
    ...(quirks && { quirks }),
  };
}

/** An ID-JAG, unless the make is known to take other grants and not this one. */
function usualGrant(profile: Profile | undefined): string {
  const [first] = profile?.takes ?? [];
  return first === undefined || profile?.takes.includes('id-jag') ? 'id-jag' : first;
}

function quirksOf({ name, make, quirks }: Profile): SendPlan['quirks'] {
  if (Object.keys(quirks).length === 0) return undefined;
  return { values: quirks, because: `How ${make} takes grants, as \`crossgrant profiles show ${name}\` says.` };
}

function ofOurs(clients: Readonly<Record<string, string>>, { files }: Loaded): Readonly<Record<string, string>> {
  const known = registrations(files).map(({ id }) => id);
  const ids = Object.keys(clients);
  const stranger = ids.find((id) => !known.includes(id));
  if (ids.length === 0) throw new Error('must name one client at least, such as travel-agent=acme-travel');
  if (stranger === undefined) return clients;
  throw new Error(`must name clients of ours, and ${stranger} is none: ${suggest(stranger, known) ?? known.join(' ')}`);
}
