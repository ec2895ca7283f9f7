import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Something that may be used, or why not, in words that fit behind "the URL". */
export type Checked<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly why: string };

const refused = (why: string): Checked<never> => ({ ok: false, why });

/** Names that no public name server has (RFC 6761, 6762, 8375, 9476 and what clouds and routers use). */
const ownNames = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|test|invalid|onion|arpa|alt)$/;
const mostCharacters = 2_048;
const hostName = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** As the setting THROUGHLINE_WEBHOOK_ALLOW names it. */
const placeOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;

/** Whether the operator said that this place may be reached, wherever it is. */
export const isAllowed = (url: URL, allow: ReadonlySet<string>): boolean => allow.has(placeOf(url));

/**
 * A URL that may be told of calls: https at port 443 of a public name, or a place that the operator allows. Where the name leads to is
 * looked up when something is sent.
 */
export const checkUrl = (text: string, allow: ReadonlySet<string>): Checked<URL> => {
  if (text.length > mostCharacters) return refused(`has more than ${mostCharacters} characters`);
  // A URL parser drops tabs and line breaks, and reads a backslash as a slash: what was checked might be read otherwise elsewhere.
  if (/[^\x21-\x7e]|\\/.test(text)) return refused('must be plain ASCII without spaces and backslashes');
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text))
    return refused('must be a whole URL, like https://hooks.example.com/calls');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /^https?:\/\/[^/?#]*@/i.test(text))
    return refused('must not contain a user name or a password');
  if (url.hash !== '' || text.includes('#')) return refused('must not contain #');
  if (isAllowed(url, allow)) return { ok: true, value: url };
  const why = whyNotPublic(url);
  return why === undefined ? { ok: true, value: url } : refused(why);
};

const whyNotPublic = ({ protocol, port, hostname }: URL): string | undefined => {
  if (protocol !== 'https:') return 'must be https; for a server of your own network see THROUGHLINE_WEBHOOK_ALLOW';
  if (port !== '') return 'must be at port 443; for a server of your own network see THROUGHLINE_WEBHOOK_ALLOW';
  if (isIP(hostname.replace(/^\[|\]$/g, '')) > 0) return 'must have a name, not an IP address';
  if (!hostName.test(hostname)) return 'must have a full name, like hooks.example.com';
  if (ownNames.test(hostname))
    return 'has a name that is not public; for a server of your own network see THROUGHLINE_WEBHOOK_ALLOW';
  return undefined;
};

/** 64:ff9b::/96 and 64:ff9b:1::/48 (RFC 6052, 8215), 100::/64, 2001::/23, 2001:db8::/32, 2002::/16, 3fff::/20, 5f00::/16: they lead elsewhere, or nowhere. */
const notPublicV6 = [
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
];
/** All that was ever given out to be reached from everywhere. */
const globalV6 = '2000::/3';
/** Relays of 6to4, and places of clouds that answer to every machine in them and look public. */
const notPublicV4 = ['192.88.99.0/24', '168.63.129.16/32', '100.100.100.200/32', '192.0.0.0/24', '198.18.0.0/15'];

/** Whether an address is public unicast: one that everybody may reach, and that is none of our own networks or machines. */
export const isPublicAddress = (text: string): boolean => {
  if (isIP(text) === 0 || text.includes('%')) return false;
  const given = ipaddr.parse(text);
  const address = given instanceof ipaddr.IPv6 && given.isIPv4MappedAddress() ? given.toIPv4Address() : given;
  if (address.range() !== 'unicast') return false;
  if (address instanceof ipaddr.IPv4) return !notPublicV4.some((range) => address.match(ipaddr.IPv4.parseCIDR(range)));
  const isIn = (range: string) => address.match(ipaddr.IPv6.parseCIDR(range));
  return isIn(globalV6) && !notPublicV6.some(isIn);
};

/** The addresses of a name. Rejects when there are none. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/**
 * Looks a name up, once: the addresses that may be connected to, and no others. One that is not public makes all of them suspect.
 * `isPublic` is for tests, whose servers are on this machine.
 */
export const publicAddresses = async (
  name: string,
  { resolve, isPublic = isPublicAddress }: { readonly resolve: Resolve; readonly isPublic?: (address: string) => boolean },
): Promise<Checked<readonly string[]>> => {
  const addresses = await resolve(name);
  if (addresses.length === 0) return refused('has a name without an address');
  return addresses.every(isPublic)
    ? { ok: true, value: addresses }
    : refused(
        'has a name that leads to an address that is not public; for a server of your own network see THROUGHLINE_WEBHOOK_ALLOW',
      );
};
