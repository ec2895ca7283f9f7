import { once } from 'node:events';
import { type ApiDeps, consoleApp } from '../../../gateway/http/api.ts';
import { hardenedServer } from '../../../gateway/http/app.ts';
import type { Figures } from '../../../store/figures/figures.ts';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { FakeClock } from '../../world/clock.ts';
import { noPrivacy } from './no-privacy.ts';

const none = async () => [];
const nothing = async () => undefined;
const refused = async () => ({ kind: 'refused', status: 404, why: 'no such suggestion' }) as const;
const emptyPage = async () => ({ items: [], next: null });

/** The figures of a store in which there is nothing. */
export const noFigures = (query: Pick<Figures, 'from' | 'to'>): Promise<Figures> =>
  figuresFrom({ read: none, lines: none }, new FakeClock().wall)(query);

/** A console of a gateway that knows nothing. */
export const emptyConsole = (): ApiDeps => ({
  bundle: nothing,
  events: nothing,
  recent: none,
  recording: nothing,
  callLog: { get: nothing, page: emptyPage },
  handoffLog: { list: none, page: emptyPage },
  readFigures: noFigures,
  transfers: none,
  callbacks: none,
  live: () => [],
  ready: async () => 'ready',
  consoleHost: 'console.example.com',
  consoleUrl: undefined,
  killSwitch: { state: { on: false, by: null, since: null }, put: async () => 'put' },
  jobs: { counts: async () => ({}), dead: none, retry: async () => false },
  suggestions: {
    list: async () => ({ open: [], accepted: [], dismissed: [] }),
    calls: nothing,
    accept: refused,
    dismiss: refused,
    withdraw: refused,
  },
  metrics: async () => '',
  ...noPrivacy,
  webhooks: {
    ...{ list: none, find: nothing, update: nothing, rotate: nothing, test: nothing, deliveries: nothing },
    create: async () => ({ ok: false, why: 'there are none here' }),
    remove: async () => false,
  },
  clock: new FakeClock(),
  log: { info() {}, warn() {}, error() {} },
});

/** A console port on loopback. */
export const openConsole = async (overrides: Partial<ApiDeps> = {}) => {
  const server = hardenedServer(consoleApp({ ...emptyConsole(), ...overrides }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, port, url: `http://127.0.0.1:${port}` };
};
