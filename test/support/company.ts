// A company that starts from nothing: an identity provider, a broker whose files init wrote, an agent with a key, and a resource.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { silentLog } from '../../src/observe/log.ts';
import { clientAssertionType, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { type FormFields, type HttpAnswer, openSite, postForm } from '../../src/testkit/http.ts';
import { identityProvider } from '../../src/testkit/identity-provider.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { type CliResult, cli } from './cli.ts';

export type CompanyOptions = {
  readonly name: string;
  /** Client id of its agent, at home. */
  readonly agent: string;
  /** Who is signed in at its identity provider. */
  readonly person: string;
  /** What its resource knows. */
  readonly scopes: readonly string[];
  /** Default: only named in tokens, at `api.NAME.example`. */
  readonly resource?: string;
  readonly contact?: string;
};

export type Company = Awaited<ReturnType<typeof openCompany>>;

/** Runs `init` and serves the result on loopback; nothing is known of any partner. */
export async function openCompany({ name, agent, person, scopes, contact, ...options }: CompanyOptions) {
  const folder = mkdtempSync(join(tmpdir(), `crossgrant-${name}-`));
  const file = join(folder, 'crossgrant.yaml');
  const [login, site] = await Promise.all([openSite(), openSite()]);
  const idp = identityProvider({ issuer: login.origin, person: { sub: person }, now: Date.now });
  login.serve(idp.http);
  const issuer = site.origin;
  const resource = options.resource ?? `https://api.${name}.example/`;
  const run = (args: readonly string[], answers?: readonly string[]): Promise<CliResult> =>
    cli(args, { cwd: folder, ...(answers && { answers }) });
  const who = ['--issuer', issuer, '--trust-domain', `${name}.example`, '--idp', login.origin];
  await run(['init', '--no-partner', '--yes', ...who, '--client', agent, '--resource', resource]);
  const key = testKey();
  writeFileSync(join(folder, `${agent}.jwks.json`), JSON.stringify(key.jwks));
  const own = { network: { loopback_http: true }, resources: { [resource]: { scopes } }, ...(contact && { contact }) };
  writeFileSync(file, stringify({ ...parse(readFileSync(file, 'utf8')), ...own }));
  const app = await openApp(await loadConfig(file, {}), { log: silentLog });
  site.serve(app.http, app.rooms);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= app.close();
    return closing;
  };

  const token = async (at: string, client: string, fields: FormFields): Promise<HttpAnswer> => {
    const client_assertion = clientAssertion(client, at, key, Math.floor(Date.now() / 1000));
    return postForm(`${at}/token`, { client_assertion_type: clientAssertionType, client_assertion, ...fields });
  };
  const redeem = (at: string, client: string, assertion: string) =>
    token(at, client, { grant_type: grantTypes.jwtBearer, assertion });
  return {
    name,
    folder,
    issuer,
    /** Its identity provider. */
    login: login.origin,
    resource,
    key,
    app,
    run,
    /** The file about another domain. */
    text: (other: string) => readFileSync(join(folder, 'domains', `${other}.yaml`), 'utf8'),
    read: (other: string): Record<string, unknown> =>
      parse(readFileSync(join(folder, 'domains', `${other}.yaml`), 'utf8')),
    /** What SIGHUP does; the names of what could not be changed. */
    reload: async () => app.reload(await loadConfig(file, {})),
    /** Its agent, in the name of its person, on the way to `other`, where it is called `there`. */
    async call(
      other: { readonly issuer: string; readonly resource: string },
      there: string,
      scope: string,
    ): Promise<HttpAnswer> {
      const sent = await token(issuer, agent, {
        grant_type: grantTypes.tokenExchange,
        requested_token_type: tokenTypes.idJag,
        audience: other.issuer,
        resource: other.resource,
        scope,
        subject_token: idp.idToken(agent),
        subject_token_type: tokenTypes.idToken,
      });
      return sent.status === 200 ? redeem(other.issuer, there, String(sent.body['access_token'])) : sent;
    },
    redeem,
    /** Ends its broker alone. */
    close,
    async stop() {
      await Promise.all([login.stop(), site.stop()]);
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
