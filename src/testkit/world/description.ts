// What a test says of a world: its domains, who works in them, and who takes whose grants. Everything has a default.

import type { FileChanges } from '../broker.ts';
import type { Person } from '../identity-provider.ts';
import type { Settings } from '../merge.ts';

/** One domain's grants are taken by another, such as `acme -> contoso`. */
export type Arrow<Name extends string> = `${Name} -> ${Name}`;

export type WorldDescription<Name extends string = string> = {
  /** Trust domains by name; names are lower case, as those of files in domains/. */
  readonly domains: Readonly<Record<Name, DomainDescription<NoInfer<Name>>>>;
  /** Who takes whose grants. Default: a chain, each domain sends to the one after it. */
  readonly trust?: { readonly [arrow in Arrow<NoInfer<Name>>]?: TrustDescription };
  /** Who acts for people. Default: one agent, `agent`, at home in the first domain. */
  readonly agents?: Readonly<Record<string, AgentDescription<NoInfer<Name>>>>;
};

export type DomainDescription<Name extends string = string> = {
  /** Who is signed in at its identity provider; false: it has none. Default: alice where an agent is at home, else false. */
  readonly person?: Person | false;
  /**
   * Its APIs and the scopes of each: by a name, and the kit serves one; or by a URI, and it is only named in tokens.
   * Default: `api` with the scopes `read` and `write`.
   */
  readonly resources?: Readonly<Record<string, readonly string[]>>;
  /** SPIFFE trust domain; default `<name>.example`. */
  readonly trustDomain?: string | null;
  /** Laid over what the files of its broker say; gets the addresses of everybody. */
  readonly files?: (places: WorldPlaces<Name>) => FileChanges;
};

export type TrustDescription = {
  /** Default: `id-jag` where an agent is at home, `jwt` further along a chain: an ID-JAG is made of an ID Token alone. */
  readonly grant?: 'id-jag' | 'jwt';
  /** What is asked for at home → what the other domain calls it. Default: every scope there, by its own name. */
  readonly scopes?: Readonly<Record<string, string>>;
  /** Claims that go along. Default: `email`, and how the user signed in. */
  readonly claims?: readonly string[];
  /** Laid over the rule of who sends, and of who accepts. */
  readonly send?: Settings;
  readonly accept?: Settings;
};

export type AgentAuth = 'private_key_jwt' | 'client_secret_basic' | 'client_secret_post' | 'none';

export type AgentDescription<Name extends string = string> = {
  /** The domain whose workload it is, and where people sign in for it. */
  readonly home: Name;
  /** Its WIMSE or SPIFFE identifier; default `spiffe://<trust domain>/agent/<name>`. */
  readonly workload?: string;
  /** How it authenticates, everywhere; `none`: it is a public client. Default `private_key_jwt`. */
  readonly auth?: AgentAuth;
  /** Its client id at the identity provider of its home; default `<name>-app`. */
  readonly app?: string;
  /** Its client id in other domains; default `<home>-<name>`. */
  readonly ids?: { readonly [domain in Name]?: string };
  /**
   * True: domains it brings grants to know it by its document alone (draft-ietf-oauth-client-id-metadata-document), which its home
   * serves; its id there is the URL of that, such as `https://agents.acme.example/travel`.
   */
  readonly document?: boolean;
  /** What it may have at home without anybody else: scopes by resource. Default: every scope of every resource there. */
  readonly access?: Readonly<Record<string, readonly string[]>>;
};

/** Where everybody is, known before anybody starts. */
export type WorldPlaces<Name extends string = string> = {
  readonly [domain in Name]: {
    /** Issuer identifier of its broker. */
    readonly issuer: string;
    /** Issuer identifier of its identity provider; empty when there is none. */
    readonly login: string;
    /** Where documents of its agents lie; empty when none has one. */
    readonly agents: string;
    /** URIs of its resources, by name. */
    readonly resources: Readonly<Record<string, string>>;
  };
};

/** A person everybody knows. */
export const alice: Person = { sub: 'alice', email: 'alice@acme.example', email_verified: true, groups: ['travel'] };
