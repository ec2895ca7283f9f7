import { Resolver } from 'node:dns/promises';
import type { Resolve } from './address.ts';

/** Asks name servers, and not the machine's own list of hosts; takes none of the few threads that files are read by. */
export const askNameServers: Resolve = async (name) => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const [first] = found;
  if (addresses.length === 0 && first?.status === 'rejected') throw first.reason;
  return addresses;
};
