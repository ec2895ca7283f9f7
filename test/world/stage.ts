import { once } from 'node:events';
import type { Server } from 'node:http';
import { createLine } from '../../agents/acme/line.ts';
import type { LineDefinition } from '../../agents/definition.ts';
import { requireLine } from '../../agents/line.ts';
import { refusedHandshake } from '../../agents/openai/socket.ts';
import { compose, type Gateway, sessionsOf } from '../../gateway/compose.ts';
import type { Settings } from '../../gateway/config/settings.ts';
import { readSettings } from '../../gateway/config.ts';
import { loadGreetings, makeGreetings } from '../../gateway/greetings.ts';
import { hardenedServer } from '../../gateway/http/app.ts';
import { attachMediaSocket } from '../../gateway/http/media-socket.ts';
import { gatewayMetrics } from '../../gateway/metrics.ts';
import { folderDisk } from '../../gateway/recordings/disk.ts';
import { webhookWork } from '../../gateway/webhooks/work.ts';
import { type CallId, ms } from '../../infra/brand.ts';
import { type Clock, systemClock } from '../../infra/clock.ts';
import { createLog, type LogOptions } from '../../infra/log.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { jobHandlers } from '../../store/jobs.ts';
import { parseStoreUrl } from '../../store/store-url.ts';
import { openStores, type Stores } from '../../store/stores.ts';
import { acmePersonas, callerTexts } from './article.ts';
import { type BackOffice, recordPayment, startBackOffice } from './back-office.ts';
import { busyDisk } from './busy-disk.ts';
import { sendHttp } from './carrier/http.ts';
import { type OpenStream, openWebSocket } from './carrier/stream-socket.ts';
import { Carrier, type CarrierOptions } from './carrier.ts';
import { VirtualClock } from './clock.ts';
import { waitForRequestsTo } from './held-requests.ts';
import { joinedSockets } from './joined-sockets.ts';
import { type Hear, hearInOrder } from './model/hearing.ts';
import type { Persona } from './model/persona.ts';
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
  /** Who can be called, and what else is special about the carrier: passed on to it. */
  readonly carrier?: Pick<
    CarrierOptions,
    | 'people'
    | 'queues'
    | 'connectors'
    | 'numbers'
    | 'callsPerSecond'
    | 'declined'
    | 'dialOutcome'
    | 'say'
    | 'play'
    | 'afterBreak'
  >;
  /** Another application: its TwiML for a request of the carrier, `undefined` for one that is the gateway's. `form`: of the body. */
  readonly elsewhere?: (url: string, form: URLSearchParams) => Promise<string | undefined>;
  /** What the network does to a request of the carrier: it comes so late, or `twice`, and then the second answer counts. */
  readonly network?: (url: string) => { readonly lateMs: number; readonly twice: boolean } | undefined;
  /** What the carrier asks when the number is called; the gateway by default. */
  readonly voiceUrl?: string;
  readonly onEvent?: (callId: CallId, event: ContextEvent) => void;
  /** Lines of the gateway's log; silent by default. */
  readonly logLevel?: string;
  /** Where they go; standard output by default. */
  readonly logTo?: LogOptions['destination'];
  /** Another line in place of the example line, made from it. */
  readonly line?: (acme: LineDefinition) => LineDefinition;
  /** How the simulated model understands the caller; by default it takes what it does not know for a line of the article's call. */
  readonly hear?: Hear;
  /** Who the simulated model can be; by default everybody on the example line. */
  readonly personas?: readonly Persona[];
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

/** Where the servers of the world listen. */
interface Urls {
  readonly model: string;
  readonly backOffice: string;
  readonly carrier: string;
}

const settingsOf = (options: StageOptions, urls: Urls): Settings => {
  const result = readSettings(
    {
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      TWILIO_API_URL: urls.carrier,
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

const logOf = ({ logTo }: StageOptions, { logLevel }: Settings) =>
  createLog({ level: logLevel, ...(logTo === undefined ? {} : { destination: logTo }) });

/** Where the public URL really leads. */
const to = (host: string, url: string, scheme: string): string => {
  const there = new URL(url);
  return `${scheme}://${host}${there.pathname}${there.search}`;
};

/** The gateway, once it listens: `host` is its public port on the loopback. */
interface Doors {
  readonly host: string;
  readonly gateway: Gateway;
}

interface CarrierGround {
  readonly clock: Clock;
  readonly busy: <Result>(work: Promise<Result>) => Promise<Result>;
  readonly doors: Promise<Doors>;
  readonly backOffice: BackOffice;
}

const carrierOf = (options: StageOptions, { clock, busy, doors, backOffice }: CarrierGround): Carrier => {
  const { elsewhere = async () => undefined, network = () => undefined } = options;
  const inMemory: OpenStream = async () => {
    const { gateway } = await doors;
    const [ours, theirs] = joinedSockets(clock);
    gateway.serveStream(theirs);
    return ours;
  };
  const overWire: OpenStream = async (url, headers) => openWebSocket(to((await doors).host, url, 'ws'), headers);
  return new Carrier({
    ...options.carrier,
    connectors: {
      Default: ({ amount = '', currency, description = '' }) => ({
        kind: 'charged',
        confirmationCode: recordPayment(backOffice.state, { amount, currency, description }),
      }),
      ...options.carrier?.connectors,
    },
    accountSid,
    authToken,
    clock,
    http: async (request) => {
      const { host } = await doors;
      const twiml = await busy(elsewhere(request.url, new URLSearchParams(request.body)));
      if (twiml !== undefined) return { status: 200, headers: { 'content-type': 'text/xml' }, body: twiml };
      const send = () => busy(sendHttp({ ...request, url: to(host, request.url, 'http') }));
      const weather = network(request.url);
      if (weather !== undefined) await new Promise<void>((resolve) => clock.after(ms(weather.lateMs), resolve));
      if (weather?.twice === true) await send();
      return send();
    },
    number: { voiceUrl: options.voiceUrl ?? `${publicUrl}/twilio/voice`, statusCallback: `${publicUrl}/twilio/status` },
    openStream: options.mode === 'fast' ? inMemory : overWire,
  });
};

const hearing = ({ hear }: StageOptions): Hear => hear ?? hearInOrder(callerTexts);

/** Puts up everything. Close it when the call is over. */
export const raiseStage = async (options: StageOptions): Promise<Stage> => {
  const clock = options.mode === 'fast' ? new VirtualClock() : systemClock;
  const busy = <Result>(work: Promise<Result>): Promise<Result> => (clock instanceof VirtualClock ? clock.busy(work) : work);
  const backOffice = await startBackOffice();
  const life = options.sessionLifeMs === undefined ? {} : { lifeMs: options.sessionLifeMs };
  const model = new ModelServer({
    personas: options.personas ?? acmePersonas,
    clock,
    apiKey,
    hear: hearing(options),
    ...life,
  });
  const modelUrl = options.mode === 'wire' ? await model.listen() : 'http://127.0.0.1:9/v1';
  const doors = Promise.withResolvers<Doors>();
  const carrier = carrierOf(options, { clock, busy, doors: doors.promise, backOffice });
  const carrierUrl = await carrier.listen();
  const forget = clock instanceof VirtualClock ? waitForRequestsTo(new URL(carrierUrl).host, clock) : () => {};
  // The gateway loads the package when it gives its first order, and a virtual clock would run ahead meanwhile.
  if (clock instanceof VirtualClock && options.carrier !== undefined) await import('twilio');
  const settings = settingsOf(options, { model: modelUrl, backOffice: backOffice.url, carrier: carrierUrl });
  const storeUrl = parseStoreUrl(settings.store);
  if ('problem' in storeUrl) throw new Error(storeUrl.problem);
  const log = logOf(options, settings);
  const stores = busyStores(await openStores(storeUrl, { clock: systemClock, log, ...sealingIn(settings) }), busy);
  const after = (delay: number) => new Promise<void>((resolve) => clock.after(ms(delay), resolve));
  const inMemory = async () => {
    const [ours, theirs] = joinedSockets(clock);
    const handshake = { url: '/v1/realtime?model=simulated', headers: { authorization: `Bearer ${apiKey}` } };
    const refused = model.admit(handshake);
    if (refused !== undefined) throw refusedHandshake(refused.status, refused.code, refused.retryAfter?.toString());
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
  const acme = createLine({
    backOfficeUrl: backOffice.url,
    fetch: slowly(options, clock, (url, init) => busy(fetch(url, init))),
  });
  const line = requireLine(options.line?.(acme) ?? acme);
  const ground = {
    clock,
    log,
    metrics: gatewayMetrics(),
    stores,
    line,
    ...recordingDiskOf(settings, busy),
    ...(options.mode === 'fast' ? { connectModel: inMemory } : {}),
  };
  const greeting = { line, model: settings.openai.realtimeModel, clips: stores.clips, clock };
  if (options.greets === true) await play(makeGreetings({ ...greeting, openSession: sessionsOf(settings, ground) }));
  const gateway = compose(settings, {
    ...ground,
    greetings: await loadGreetings(greeting),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  });
  // Their servers are real, in whatever time the call is.
  const webhooks = { stores, clock: systemClock, log, metrics: ground.metrics };
  stores.queue.work(jobHandlers(stores, webhookWork({ allow: settings.webhookAllow }, webhooks)));
  await gateway.webhooks.start();
  gateway.warm.start();
  await gateway.killSwitch.start();
  await gateway.recordings?.check();
  gateway.routes.start();
  const server = hardenedServer(gateway.publicApp);
  attachMediaSocket(server, gateway.http);
  const host = await listen(server);
  doors.resolve({ host, gateway });
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
      gateway.killSwitch.stop();
      gateway.routes.stop();
      void gateway.webhooks.stop();
      await carrier.close();
      forget();
      await model.close();
      server.closeAllConnections();
      server.close();
      void gateway.outbox.stop();
      await gateway.recordings?.folder.whenIdle();
      await stores.close();
      await backOffice.close();
    },
  };
};

const sealingIn = ({ sealing }: Settings) => (sealing === undefined ? {} : { sealing: { keys: sealing.keys } });

const recordingDiskOf = ({ recording }: Settings, busy: <Result>(work: Promise<Result>) => Promise<Result>) =>
  recording === undefined ? {} : { recordingDisk: busyDisk(folderDisk(recording.folder), busy) };

const slowly = ({ slowTool }: StageOptions, clock: Clock, send: typeof fetch): typeof fetch => {
  if (slowTool === undefined) return send;
  return async (url, init) => {
    if (String(url).endsWith(slowTool.path)) await new Promise<void>((resolve) => clock.after(ms(slowTool.ms), resolve));
    return send(url, init);
  };
};

/** Stores whose work keeps a virtual clock from running ahead. */
const busyStores = (stores: Stores, busy: <Result>(work: Promise<Result>) => Promise<Result>): Stores => {
  const { contexts, killSwitch, queue, rules, transfers, callKeys } = stores;
  return {
    ...stores,
    callKeys: callKeys && {
      find: (subject) => busy(callKeys.find(subject)),
      make: (subject) => busy(callKeys.make(subject)),
      drop: (subjects) => busy(callKeys.drop(subjects)),
      rewrap: () => busy(callKeys.rewrap()),
    },
    contexts: {
      claim: (callId, owner) => busy(contexts.claim(callId, owner)),
      append: (batch) => busy(contexts.append(batch)),
      load: (callId) => busy(contexts.load(callId)),
      recent: (limit) => busy(contexts.recent(limit)),
      unfinished: (query) => busy(contexts.unfinished(query)),
      finish: (callId) => busy(contexts.finish(callId)),
      ping: () => busy(contexts.ping()),
      close: () => contexts.close(),
    },
    transfers: {
      begin: (state) => busy(transfers.begin(state)),
      of: (callId) => busy(transfers.of(callId)),
      named: (ref) => busy(transfers.named(ref)),
      tell: (ref, news, at) => busy(transfers.tell(ref, news, at)),
      forget: (callId, names) => busy(transfers.forget(callId, names)),
    },
    killSwitch: { get: () => busy(killSwitch.get()), put: (position) => busy(killSwitch.put(position)) },
    rules: { of: (line) => busy(rules.of(line)), change: (line, decide) => busy(rules.change(line, decide)) },
    queue: {
      add: (job) => busy(queue.add(job)),
      work: (handlers, watch) => queue.work(handlers, watch),
      counts: () => queue.counts(),
      dead: (limit) => queue.dead(limit),
      retry: (job) => queue.retry(job),
      close: () => queue.close(),
    },
  };
};
