// The chain as command lines: what the demonstration did, for a shell. They work as long as it runs.

import { join } from 'node:path';
import { grantTypes, tokenTypes } from '../protocol/urns.ts';
import { names } from '../testkit/trust-domains.ts';
import type { Kit } from './kit.ts';
import { desk } from './world.ts';

export type CommandLine = { readonly what: string; readonly line: string };

/** Exchange, redeem, call and introspect with the client that has a secret. */
export function curlLines(kit: Kit, folder: string): readonly CommandLine[] {
  const curl = kit.ca ? `curl -s --cacert ${kit.ca}` : 'curl -s';
  const field = `| sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/'`;
  const lines = (...parts: string[]) => parts.join(' \\\n    ');
  return [
    {
      what: 'Get a grant for contoso with an ID Token of Alice',
      line: lines(
        `GRANT=$(${curl} ${kit.home.token_endpoint}`,
        `-d grant_type=${grantTypes.tokenExchange}`,
        `-d requested_token_type=${tokenTypes.idJag}`,
        `-d audience=${kit.partner.issuer} -d resource=${kit.resource.identifier} -d scope=calendar.read`,
        `-d subject_token_type=${tokenTypes.idToken}`,
        `--data-urlencode subject_token@${join(folder, 'desk-agent.id-token.jwt')}`,
        `-d client_id=${desk.client} -d client_secret=${desk.secret} ${field})`,
      ),
    },
    {
      what: 'Redeem it',
      line: lines(
        `TOKEN=$(${curl} ${kit.partner.token_endpoint} -u ${desk.atContoso}:${desk.secretAtContoso}`,
        `-d grant_type=${grantTypes.jwtBearer} -d assertion=$GRANT ${field})`,
      ),
    },
    { what: 'Call the calendar', line: `${curl} ${kit.resource.url} -H "Authorization: Bearer $TOKEN"` },
    {
      what: 'Ask contoso about the token, as its resource server may',
      line: `${curl} ${kit.partner.introspection_endpoint} -u ${names.calendarServer}:${names.calendarSecret} -d token=$TOKEN`,
    },
  ];
}
