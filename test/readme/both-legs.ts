// The chapter on both legs, run: a handle instead of the partner's token, and what the proxy lets through with it.

import { Hono } from 'hono';
import { expect } from 'vitest';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { exampleOf, type Page, readme } from '../support/readme.ts';
import { requestOf } from '../support/shell.ts';
import { shownWorld } from './shown-world.ts';

const seconds = () => Math.floor(Date.now() / 1000);

export const bothLegs = {
  'an agent gets a handle, and the proxy turns it into the token of the partner': async (page: Page) => {
    const ofTheBroker = 'jwks: { url: https://broker.acme.example/jwks }';
    expect(readme).toContain(ofTheBroker);
    const world = await shownWorld(page, (files) => {
      files.lay('acme/domains/contoso.yaml', page.text('both-legs.yaml'));
      files.change('contoso/domains/acme.yaml', (text) => text.replace(/jwks: \{.*?\}/, ofTheBroker));
    });
    const api = new Hono()
      .get('/events', (context) => context.json({ events: [] }))
      .all('*', (context) => context.text('', 500));
    world.network.open('https://api.contoso.example').serve(api);
    const [exchange = ''] = exampleOf('two requests').split('\n\n');
    const assertion = clientAssertion('travel-agent', 'https://broker.acme.example', world.agentKey, seconds());
    const asked = exchange.replace(/-d (requested_token_type|audience)=\S+ (?=\\|-d)/g, '');
    const request = requestOf(asked, { ID_TOKEN: world.signIn(), FOR_ACME: assertion });
    const body = JSON.parse(await (await world.network.fetch(request)).text());
    page.output('handle', `${JSON.stringify(body, null, 2)}\n`);
    const answers: string[] = [];
    for (const [, shown = '', method = '', path = ''] of page.text('proxy').matchAll(/^((\S+) (\S+) +)/gm)) {
      const headers = { Authorization: `Bearer ${String(body['access_token'])}` };
      const answer = await world.network.fetch(`https://broker.acme.example${path}`, { method, headers });
      const said = (await answer.text()).replace(/"trace_id":"\w+"/, ' …');
      answers.push(`${shown}${answer.status}  ${said}\n`);
    }
    expect(answers.length).toBeGreaterThan(3);
    page.output('proxy', answers.join(''));
  },
};
