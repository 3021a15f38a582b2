// Certificates on this machine: of our listener, of the authorities we believe, and those we show to partners.

import type { Loaded } from '../../config/compile.ts';
import { openReferences } from '../../config/references.ts';
import { sendSites } from '../../config/rule-sites.ts';
import { tlsClientAuth } from '../../trust/credentials/tls-client-auth.ts';
import { firstToEnd, saidOfEnd, validitiesIn } from '../certificate.ts';
import { sayOf } from '../say.ts';
import type { DoctorCheck, Said } from '../types.ts';

/** A PEM text, what it is, what to do when it ends; `chain`: its first certificate counts, else the one that ends first. */
type Kept = {
  readonly about: string;
  readonly what: string;
  readonly pem: string | undefined;
  readonly chain: boolean;
  readonly remedy: string;
};

export const certificates: DoctorCheck = {
  area: 'certificates',
  look: ({ loaded, now }) =>
    [...ofMachine(loaded), ...shown(loaded)].flatMap(({ about, what, pem, chain, remedy }): readonly Said[] => {
      const all = validitiesIn(pem ?? '');
      const counts = chain ? all[0] : firstToEnd(all);
      return counts ? [saidOfEnd(what, counts, now(), remedy, sayOf(about))] : [];
    }),
};

function ofMachine({ settings: { listen, network, store } }: Loaded): readonly Kept[] {
  const authority = { chain: false, remedy: 'put the next authority into the file beside it before it ends' };
  return [
    {
      about: 'listen.tls',
      what: 'the certificate of our listener',
      pem: listen.tls?.cert,
      chain: true,
      remedy: 'put the next one into the file, and reload (SIGHUP)',
    },
    { about: 'network.ca', what: 'a certificate authority we believe', pem: network.ca, ...authority },
    {
      about: 'store.ca',
      what: 'the authority of the database',
      pem: store.kind === 'postgres' && store.tls.mode === 'verify' ? store.tls.ca : undefined,
      ...authority,
    },
  ];
}

/** Those with which we redeem grants (RFC 8705). */
function shown({ files, sources }: Loaded): readonly Kept[] {
  return sendSites(files).flatMap(({ id, file, path, rule }) =>
    Object.entries(rule.redeem?.clients ?? {})
      .filter(([, { name }]) => name === tlsClientAuth.name)
      .map(([client, { settings }]) => {
        const read = tlsClientAuth.settings.parse(settings);
        const place = { file, path: [...path, 'redeem', 'clients', client], within: settings };
        return {
          about: `${id} ${client}`,
          what: 'the certificate we show there',
          pem: openReferences(place, sources, []).secret(read.cert),
          chain: true,
          remedy: `have ${file.config.contact} know the next one before you put it in place`,
        };
      }),
  );
}
