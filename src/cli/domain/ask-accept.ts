// What must be asked before anything of a partner is accepted.

import { dirname } from 'node:path';
import type { Loaded } from '../../config/compile.ts';
import { domainPath } from '../../partners/domain-folder.ts';
import type { AcceptPlan } from '../../partners/domain-yaml.ts';
import type { Interview, ListQuestion } from '../interview.ts';
import type { Known, PlanFlags } from './add-plan.ts';
import { readScopes, readTemplate, readTheirClients, readUris } from './words.ts';

/** Which resources of ours they may reach; the only one, where there is no other. */
export function reachedQuestion({ files }: Loaded): ListQuestion<readonly string[]> {
  const uris = Object.keys(files.main.config.resources);
  const [only, ...others] = uris;
  return {
    option: '--accept-resource',
    ask: `Resources of ours they may reach (we have ${uris.join(' ') || 'none'})`,
    ...(only !== undefined && others.length === 0 && { fallback: only }),
    read: (texts) => readUris(texts),
  };
}

export async function askAccept(
  ask: Interview,
  flags: PlanFlags,
  name: string,
  { loaded, cwd }: Known,
): Promise<AcceptPlan> {
  const ours = loaded.files.main.config.resources;
  const clients = await ask.several(
    {
      option: '--accept-client',
      ask: 'Clients of theirs, as ID=URL-OF-ITS-KEYS (none: their bundle brings them)',
      fallback: '',
      read: readTheirClients(cwd, dirname(domainPath(loaded, name))),
    },
    flags.acceptClient,
  );
  const resources = await ask.several(reachedQuestion(loaded), flags.acceptResource);
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
