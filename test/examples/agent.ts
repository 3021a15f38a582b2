// The agent that the examples of the README test: it reads a partner's calendar in the name of whoever signed in at home.

/** Where everybody is, and who the agent is there. */
export type Trip = {
  readonly home: string;
  readonly partner: string;
  readonly calendar: string;
  readonly clientAtHome: string;
  readonly clientAtPartner: string;
  readonly secret: string;
  readonly fetch: typeof fetch;
};

const urn = 'urn:ietf:params:oauth';

export async function readCalendar(idToken: string, trip: Trip): Promise<unknown> {
  const { home, partner, calendar, clientAtHome, clientAtPartner, secret } = trip;
  const grant = await tokenFrom(`${home}/token`, trip, {
    grant_type: `${urn}:grant-type:token-exchange`,
    requested_token_type: `${urn}:token-type:id-jag`,
    audience: partner,
    scope: 'read',
    subject_token: idToken,
    subject_token_type: `${urn}:token-type:id_token`,
    client_id: clientAtHome,
    client_secret: secret,
  });
  const access = await tokenFrom(`${partner}/token`, trip, {
    grant_type: `${urn}:grant-type:jwt-bearer`,
    assertion: grant,
    client_id: clientAtPartner,
    client_secret: secret,
  });
  const answer = await trip.fetch(calendar, { headers: { Authorization: `Bearer ${access}` } });
  if (!answer.ok) throw new Error(`the calendar answered ${answer.status}`);
  return answer.json();
}

/** Once more where the server was in trouble, never where it refused. */
async function tokenFrom(url: string, trip: Trip, form: Record<string, string>, attempts = 2): Promise<string> {
  const response = await trip.fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  if (response.status >= 500 && attempts > 1) return tokenFrom(url, trip, form, attempts - 1);
  if (!response.ok) throw Object.assign(new Error(`${url} answered ${response.status}`), { response });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`${url} answered without a token`);
  return token;
}
