import type { RedisNode, RedisTarget } from '../infra/redis.ts';

/** Where the calls are kept. */
export type StoreUrl =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly target: RedisTarget };

/** What is wrong with a `STORE` setting, without its password. */
export interface StoreProblem {
  readonly problem: string;
}

const forms = 'sqlite:PATH, redis://host:port/db, rediss://…, redis+cluster://h1:p,h2:p or redis+sentinel://h1:p,h2:p/name';
const redisForm =
  /^redis(?<tls>s?)(?:\+(?<kind>cluster|sentinel))?:\/\/(?:(?<access>[^@/]*)@)?(?<nodes>[^@/?#]*)(?:\/(?<path>[^?#]*))?$/;
const nodeForm = /^(?:\[(?<ip6>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/;

/** Reads the one setting that says where everything is kept: a value, or what is wrong in words. */
export const parseStoreUrl = (text: string): StoreUrl | StoreProblem => {
  const trimmed = text.trim();
  if (trimmed.startsWith('sqlite:')) return parseSqlite(trimmed.slice('sqlite:'.length));
  const groups = redisForm.exec(trimmed)?.groups;
  return groups === undefined ? { problem: `not a store; write ${forms}` } : parseRedis(groups);
};

/** The setting again, for logs: without user and password. */
export const describeStore = (store: StoreUrl): string => {
  if (store.kind === 'sqlite') return `sqlite:${store.path}`;
  const { target } = store;
  const scheme = target.tls ? 'rediss' : 'redis';
  if (target.kind === 'single') return `${scheme}://${nodeText(target.node)}/${target.db}`;
  const nodes = target.nodes.map(nodeText).join(',');
  return target.kind === 'cluster' ? `${scheme}+cluster://${nodes}` : `${scheme}+sentinel://${nodes}/${target.primary}`;
};

/** Where keys are kept that are kept nowhere else: a file of their own, so that a copy of the calls has no keys in it. */
export const keyStoreBeside = (store: StoreUrl): StoreUrl =>
  store.kind === 'sqlite' && store.path !== ':memory:' ? { kind: 'sqlite', path: `${store.path}.keys.db` } : store;

const nodeText = ({ host, port }: RedisNode): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

const parseSqlite = (path: string): StoreUrl | StoreProblem => {
  if (path === '') return { problem: 'sqlite: without a path; write sqlite:./data/throughline.db' };
  if (path.startsWith('//'))
    return { problem: 'sqlite:// is not a form; write sqlite:PATH, for example sqlite:/var/lib/throughline.db' };
  return { kind: 'sqlite', path };
};

type Groups = Readonly<Record<string, string | undefined>>;

const parseRedis = (groups: Groups): StoreUrl | StoreProblem => {
  const { kind, path = '' } = groups;
  const nodes = parseNodes(groups['nodes'] ?? '', kind === 'sentinel' ? 26_379 : 6_379);
  if ('problem' in nodes) return nodes;
  const access = parseAccess(groups);
  if ('problem' in access) return access;
  if (kind === 'cluster')
    return path === ''
      ? redis({ kind, nodes, ...access })
      : { problem: 'a Redis Cluster has no databases: leave out what follows the nodes' };
  if (kind === 'sentinel') return parseSentinel(path, (primary, db) => redis({ kind, nodes, primary, db, ...access }));
  const [node, second] = nodes;
  const db = parseDatabase(path);
  if (node === undefined || second !== undefined)
    return { problem: 'several nodes; write redis+cluster:// or redis+sentinel://' };
  return db === undefined
    ? { problem: 'the database is a number, as in redis://host:6379/0' }
    : redis({ kind: 'single', node, db, ...access });
};

const redis = (target: RedisTarget): StoreUrl => ({ kind: 'redis', target });

const parseSentinel = (path: string, found: (primary: string, db: number) => StoreUrl): StoreUrl | StoreProblem => {
  const [primary = '', database = ''] = path.split('/');
  const db = parseDatabase(database);
  if (primary === '' || db === undefined)
    return { problem: 'the Sentinels need the name they watch: redis+sentinel://h1:p,h2:p/master-name' };
  return found(primary, db);
};

const parseDatabase = (text: string): number | undefined => (/^\d{0,5}$/.test(text) ? Number(text) : undefined);

const parseNodes = (text: string, defaultPort: number): readonly RedisNode[] | StoreProblem => {
  const nodes = text.split(',').flatMap((part) => {
    const groups = nodeForm.exec(part)?.groups;
    const host = groups?.['ip6'] ?? groups?.['host'];
    const port = Number(groups?.['port'] ?? defaultPort);
    return host === undefined || port < 1 || port > 65_535 ? [] : [{ host, port }];
  });
  return nodes.length === text.split(',').length ? nodes : { problem: `a node is host:port; write ${forms}` };
};

type Access = Pick<RedisTarget, 'tls' | 'username' | 'password'>;

/** `user:password`, `:password` or nothing; percent-encoded where a character has a meaning in URLs. */
const parseAccess = ({ tls, access }: Groups): Access | StoreProblem => {
  const [username = '', ...rest] = (access ?? '').split(':');
  const password = rest.join(':');
  try {
    return {
      tls: tls === 's',
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    };
  } catch {
    return { problem: 'user or password is not percent-encoded: write % as %25' };
  }
};
