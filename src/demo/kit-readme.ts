// The page in the kit: what the files are and how to use them with nothing but HTTP.

import { dirname } from 'node:path';
import { curlLines } from './curl.ts';
import type { Kit } from './kit.ts';

/** Markdown. */
export function kitReadme(kit: Kit): string {
  const folder = dirname(kit.identity_provider.private_jwk);
  const commands = curlLines(kit, folder).map(({ what, line }) => `${what}:\n\n\`\`\`sh\n${line}\n\`\`\`\n`);
  return `# Kit of a crossgrant demonstration

Two trust domains run on this machine until the demonstration is stopped. \`kit.json\` says where everything is, which
clients exist and how they authenticate; the other files hold keys and tokens. Nothing here is secret beyond this run.

| file | what |
|---|---|
| \`kit.json\` | issuers, endpoints, clients, scopes, and the parameters of both requests |
| \`travel-agent.jwk.json\` | private key of the agent, registered at both brokers (\`private_key_jwt\`) |
| \`*.id-token.jwt\` | ID Tokens of Alice, one per client, good for eight hours |
| \`travel-agent.access-token.jwt\` | an RFC 9068 access token of the home domain: for \`requests.own_resource\`, as ID-JAGs come from ID Tokens only |
| \`identity-provider.jwk.json\` | private key of the identity provider: sign subject tokens of your own |
| \`lab.jwk.json\` | private key of the two issuers under \`trusted_issuers\`: sign grants of your own |
${kit.ca ? '| `ca.pem` | the test authority behind every address; trust it nowhere else |\n' : ''}
## The chain

1. \`POST ${kit.home.token_endpoint}\` with the parameters of \`requests.exchange\`: the ID Token becomes an ID-JAG.
2. \`POST ${kit.partner.token_endpoint}\` with those of \`requests.redemption\`: the ID-JAG becomes an access token.
3. \`GET ${kit.resource.url}\` with \`Authorization: Bearer <access token>\`.

A grant is good once and lives for five minutes. With a DPoP header on both legs grant and token are bound to your key.

## With curl

${commands.join('\n')}`;
}
