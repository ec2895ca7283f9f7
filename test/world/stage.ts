import { once } from 'node:events';
import type { Server } from 'node:http';
import { createLine } from '../../agents/acme/line.ts';
import { requireLine } from '../../agents/line.ts';
import { compose, type Gateway, sessionsOf } from '../../gateway/compose.ts';
import type { Settings } from '../../gateway/config/settings.ts';
import { readSettings } from '../../gateway/config.ts';
import { loadGreetings, makeGreetings } from '../../gateway/greetings.ts';
import { hardenedServer } from '../../gateway/http/app.ts';
import { attachMediaSocket } from '../../gateway/http/media-socket.ts';
import { gatewayMetrics } from '../../gateway/metrics.ts';
import { type CallId, ms } from '../../infra/brand.ts';
import { type Clock, systemClock } from '../../infra/clock.ts';
import { createLog } from '../../infra/log.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { jobHandlers } from '../../store/jobs.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { acmePersonas, callerTexts } from './article.ts';
import { type BackOffice, startBackOffice } from './back-office.ts';
import type { HttpPort } from './carrier/http.ts';
import { sendHttp } from './carrier/http.ts';
import { Carrier } from './carrier.ts';
import { VirtualClock } from './clock.ts';
import { joinedSockets } from './joined-sockets.ts';
import { hearInOrder } from './model/hearing.ts';
import { ModelServer } from './model/server.ts';

export const accountSid = `AC${'0'.repeat(31)}1`;
export const authToken = 'demo-auth-token';
export const apiKey = 'sk-demo';
/** What the carrier is told; it reaches the gateway on the loopback. */
export const publicUrl = 'https://throughline.example.com';
export const dialledNumber = '+15005550010';

export interface StageOptions {
  /** `wire`: real sockets and the system's clock. `fast`: sockets joined in memory and a clock that waits only for work. */
  readonly mode: 'wire' | 'fast';
  /** `STORE` setting. */
  readonly store: string;
  /** Makes prepared greetings before the curtain rises. */
  readonly greets?: boolean;
  /** More settings, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The real Realtime API in place of the simulated one. */
  readonly real?: { readonly apiKey: string; readonly baseUrl: string | undefined };
  /** Requests of the line's tools to paths that end so take this long. */
  readonly slowTool?: { readonly path: string; readonly ms: number };
  /** How long a connection to the simulated model takes, in `fast` mode; at once by default. */
  readonly connectMs?: number;
  /** How long the simulated model lets a session live; an hour by default, as the real one does. */
  readonly sessionLifeMs?: number;
  /** Another application: its TwiML for a request of the carrier, `undefined` for one that is the gateway's. `form`: of the body. */
  readonly elsewhere?: (url: string, form: URLSearchParams) => Promise<string | undefined>;
  /** What the carrier asks when the number is called; the gateway by default. */
  readonly voiceUrl?: string;
  readonly onEvent?: (callId: CallId, event: ContextEvent) => void;
  /** Lines of the gateway's log; silent by default. */
  readonly logLevel?: string;
}

/** The whole world around one gateway: carrier, model, back office and stores. */
export interface Stage {
  readonly clock: Clock;
  readonly carrier: Carrier;
  readonly model: ModelServer;
  readonly backOffice: BackOffice;
  readonly gateway: Gateway;
  readonly stores: Stores;
  readonly settings: Settings;
  /** Where the gateway's public port really is: `http://127.0.0.1:…`. */
  readonly publicPort: string;
  /** Lets time pass until `done` holds. */
  until(done: () => boolean): Promise<void>;
  /** The promise's result, letting time pass meanwhile. */
  play<Result>(work: Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

const settingsOf = (options: StageOptions, urls: { readonly model: string; readonly backOffice: string }): Settings => {
  const result = readSettings(
    {
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      OPENAI_API_KEY: options.real?.apiKey ?? apiKey,
      OPENAI_BASE_URL: options.real === undefined ? urls.model : options.real.baseUrl,
      PUBLIC_URL: publicUrl,
      STORE: options.store,
      BACK_OFFICE_URL: urls.backOffice,
      LOG_LEVEL: options.logLevel ?? 'silent',
      // One process plays the whole world here: how busy it is says nothing of the gateway.
      THROUGHLINE_APPEND_MS: '20',
      ...options.settings,
    },
    () => '',
  );
  if (result.kind === 'settings') return result.settings;
  throw new Error(`the stage's settings are wrong: ${JSON.stringify(result.problems)}`);
};

const listen = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
};

/** Where the public URL really leads. */
const to = (host: string, url: string, scheme: string): string => {
  const there = new URL(url);
  return `${scheme}://${host}${there.pathname}${there.search}`;
};

/** Puts up everything. Close it when the call is over. */
export const raiseStage = async (options: StageOptions): Promise<Stage> => {
  const clock = options.mode === 'fast' ? new VirtualClock() : systemClock;
  const busy = <Result>(work: Promise<Result>): Promise<Result> => (clock instanceof VirtualClock ? clock.busy(work) : work);
  const backOffice = await startBackOffice();
  const life = options.sessionLifeMs === undefined ? {} : { lifeMs: options.sessionLifeMs };
  const model = new ModelServer({ personas: acmePersonas, clock, apiKey, hear: hearInOrder(callerTexts), ...life });
  const modelUrl = options.mode === 'wire' ? await model.listen() : 'http://127.0.0.1:9/v1';
  const settings = settingsOf(options, { model: modelUrl, backOffice: backOffice.url });
  const storeUrl = parseStoreUrl(settings.store);
  if ('problem' in storeUrl) throw new Error(storeUrl.problem);
  const log = createLog({ level: settings.logLevel });
  const stores = busyStores(await openStores(storeUrl, { clock: systemClock, log }), busy);
  const after = (delay: number) => new Promise<void>((resolve) => clock.after(ms(delay), resolve));
  const inMemory = async () => {
    const [ours, theirs] = joinedSockets(clock);
    const handshake = { url: '/v1/realtime?model=simulated', headers: { authorization: `Bearer ${apiKey}` } };
    if (model.admit(handshake) !== undefined) throw new Error('the model refused the handshake');
    if (options.connectMs !== undefined) await after(options.connectMs);
    model.accept(theirs, handshake);
    return ours;
  };
  const until = async (done: () => boolean): Promise<void> => {
    if (clock instanceof VirtualClock) return clock.runUntil(done);
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const play = async <Result>(work: Promise<Result>): Promise<Result> => {
    let over = false;
    const end = () => {
      over = true;
    };
    work.then(end, end);
    await until(() => over);
    return work;
  };
  const line = requireLine(
    createLine({ backOfficeUrl: backOffice.url, fetch: slowly(options, clock, (url, init) => busy(fetch(url, init))) }),
  );
  const ground = {
    clock,
    log,
    metrics: gatewayMetrics(),
    stores,
    line,
    ...(options.mode === 'fast' ? { connectModel: inMemory } : {}),
  };
  const greeting = { line, model: settings.openai.realtimeModel, clips: stores.clips, clock };
  if (options.greets === true) await play(makeGreetings({ ...greeting, openSession: sessionsOf(settings, ground) }));
  const gateway = compose(settings, {
    ...ground,
    greetings: await loadGreetings(greeting),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  });
  stores.queue.work(jobHandlers(stores));
  gateway.warm.start();
  const server = hardenedServer(gateway.publicApp);
  attachMediaSocket(server, gateway.http);
  const host = await listen(server);
  const { elsewhere = async () => undefined } = options;
  const http: HttpPort = async (request) => {
    const twiml = await busy(elsewhere(request.url, new URLSearchParams(request.body)));
    if (twiml !== undefined) return { status: 200, headers: { 'content-type': 'text/xml' }, body: twiml };
    return busy(sendHttp({ ...request, url: to(host, request.url, 'http') }));
  };
  const carrier = new Carrier({
    accountSid,
    authToken,
    clock,
    http,
    number: {
      voiceUrl: options.voiceUrl ?? `${publicUrl}/twilio/voice`,
      statusCallback: `${publicUrl}/twilio/status`,
    },
    dial: (url) => to(host, url, 'ws'),
    ...(options.mode === 'fast'
      ? {
          openStream: async () => {
            const [ours, theirs] = joinedSockets(clock);
            gateway.serveStream(theirs);
            return ours;
          },
        }
      : {}),
  });
  return {
    clock,
    carrier,
    model,
    backOffice,
    gateway,
    stores,
    settings,
    publicPort: `http://${host}`,
    until,
    play,
    close: async () => {
      gateway.warm.stop();
      await carrier.close();
      await model.close();
      server.closeAllConnections();
      server.close();
      await stores.close();
      await backOffice.close();
    },
  };
};

const slowly = ({ slowTool }: StageOptions, clock: Clock, send: typeof fetch): typeof fetch => {
  if (slowTool === undefined) return send;
  return async (url, init) => {
    if (String(url).endsWith(slowTool.path)) await new Promise<void>((resolve) => clock.after(ms(slowTool.ms), resolve));
    return send(url, init);
  };
};

/** Stores whose work keeps a virtual clock from running ahead. */
const busyStores = (stores: Stores, busy: <Result>(work: Promise<Result>) => Promise<Result>): Stores => {
  const { contexts, queue } = stores;
  return {
    ...stores,
    contexts: {
      claim: (callId, owner) => busy(contexts.claim(callId, owner)),
      append: (batch) => busy(contexts.append(batch)),
      load: (callId) => busy(contexts.load(callId)),
      recent: (limit) => busy(contexts.recent(limit)),
      ping: () => busy(contexts.ping()),
      close: () => contexts.close(),
    },
    queue: {
      add: (job) => busy(queue.add(job)),
      work: (handlers) => queue.work(handlers),
      counts: () => queue.counts(),
      close: () => queue.close(),
    },
  };
};
