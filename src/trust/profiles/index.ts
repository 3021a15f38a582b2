// The makes we know. A new one is one file and a line here; configuration, command line and README follow.

import type { JsonObject } from '../../jose/json.ts';
import { auth0 } from './auth0.ts';
import { cognito } from './cognito.ts';
import { entra, entraV1 } from './entra.ts';
import { oauth, oidc } from './generic.ts';
import { githubActions } from './github-actions.ts';
import { google } from './google.ts';
import { keycloak } from './keycloak.ts';
import { kubernetes } from './kubernetes.ts';
import { okta } from './okta.ts';
import { pingfederate } from './pingfederate.ts';
import type { Profile } from './types.ts';

/** The general ones last: they fit whoever fits no other. */
export const profiles: readonly Profile[] = [
  okta,
  auth0,
  entra,
  entraV1,
  keycloak,
  pingfederate,
  google,
  githubActions,
  kubernetes,
  cognito,
  oidc,
  oauth,
];

export const profileNames: readonly string[] = profiles.map(({ name }) => name);

/** The profile of that name. */
export function profileNamed(name: string): Profile | undefined {
  return profiles.find((profile) => profile.name === name);
}

/** The make of an issuer, as far as its identifier and metadata show: at least one of the general ones. */
export function detectProfile(issuer: string, metadata: JsonObject = {}): Profile {
  const url = new URL(issuer);
  return profiles.find(({ detect }) => detect(url, metadata)) ?? oauth;
}
