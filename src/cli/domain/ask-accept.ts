// What must be asked before anything of a partner is accepted.

import { dirname } from 'node:path';
import { domainPath } from '../../partners/domain-folder.ts';
import type { AcceptPlan } from '../../partners/domain-yaml.ts';
import type { Interview } from '../interview.ts';
import type { Known, PlanFlags } from './add-plan.ts';
import { readScopes, readTemplate, readTheirClients, readUris } from './words.ts';

export async function askAccept(
  ask: Interview,
  flags: PlanFlags,
  name: string,
  { loaded, cwd }: Known,
): Promise<AcceptPlan> {
  const ours = loaded.files.main.config.resources;
  const uris = Object.keys(ours);
  const [only, ...others] = uris;
  const clients = await ask.several(
    {
      option: '--accept-client',
      ask: 'Clients of theirs, as ID=URL-OF-ITS-KEYS (none: their bundle brings them)',
      fallback: '',
      read: readTheirClients(cwd, dirname(domainPath(loaded, name))),
    },
    flags.acceptClient,
  );
  const resources = await ask.several(
    {
      option: '--accept-resource',
      ask: `Resources of ours they may reach (we have ${uris.join(' ') || 'none'})`,
      ...(only !== undefined && others.length === 0 && { fallback: only }),
      read: (texts) => readUris(texts),
    },
    flags.acceptResource,
  );
  const scopes = await ask.several(
    {
      option: '--accept-scope',
      ask: `Scopes, as THEIRS=OURS or one name for both (we have ${resources.flatMap((uri) => ours[uri]?.scopes ?? []).join(' ')})`,
      fallback: '',
      read: readScopes,
    },
    flags.acceptScope,
  );
  const subject = await ask.one(
    { option: '--accept-subject', ask: 'What we call their people', fallback: `${name}|{sub}`, read: readTemplate },
    flags.acceptSubject,
  );
  return { grants: ['id-jag'], clients, subject, resources, scopes, lifetime: '5m' };
}
