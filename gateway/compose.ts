import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Express, RequestHandler } from 'express';
import { createLine } from '../agents/acme/line.ts';
import type { LineDefinition } from '../agents/definition.ts';
import { type CountTokens, estimateTokens } from '../agents/handoff/count-tokens.ts';
import { fieldNamesOf } from '../agents/intake-names.ts';
import { requireLine } from '../agents/line.ts';
import { callAnalyst } from '../agents/openai/call-analyst.ts';
import { handoffJudge } from '../agents/openai/judge.ts';
import { ModelHealth } from '../agents/openai/model-health.ts';
import { openRealtime, type RealtimeOptions } from '../agents/openai/realtime-session.ts';
import { realtimeConnector } from '../agents/openai/socket.ts';
import { summariser } from '../agents/openai/summariser.ts';
import { openaiTextModel } from '../agents/openai/text-model.ts';
import { type Connect, WarmPool } from '../agents/openai/warm-pool.ts';
import type { Elsewhere } from '../agents/pilot.ts';
import type { OpenSession, SessionSetup } from '../agents/session.ts';
import type { CallId } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import { messageOf, ThroughlineError } from '../infra/errors.ts';
import type { Log } from '../infra/log.ts';
import type { MessageSocket } from '../infra/message-socket.ts';
import type { Clip } from '../store/clips.ts';
import { bundleDocument } from '../store/context/document.ts';
import type { ContextEvent } from '../store/context/event.ts';
import type { TokenUsage } from '../store/context/usage.ts';
import { figuresFrom } from '../store/figures/read-figures.ts';
import type { jobHandlers } from '../store/jobs.ts';
import type { Stores } from '../store/stores.ts';
import type { DecidedView } from '../store/suggestions/view.ts';
import type { TransferRef } from '../store/transfers.ts';
import { adaptivePace, fixedPace } from './append-pace.ts';
import type { SharedPlaces } from './call/admission.ts';
import { Backlog } from './call/backlog.ts';
import { inNeed, sorryWords } from './call/elsewhere.ts';
import { Outbox } from './call/outbox.ts';
import type { CarrierOrders } from './call/ports.ts';
import { CallRegistry } from './call/registry.ts';
import type { Settings } from './config/settings.ts';
import { Fleet } from './fleet/fleet.ts';
import { type ApiDeps, consoleApp } from './http/api.ts';
import { publicApp } from './http/app.ts';
import type { HttpDeps } from './http/deps.ts';
import { linksOf } from './http/links.ts';
import { type ServeStream, streamServer } from './http/serve-stream.ts';
import { KillSwitch } from './kill-switch.ts';
import type { GatewayMetrics } from './metrics.ts';
import { peopleDesks, peopledLine } from './people.ts';
import type { Disk } from './recordings/disk.ts';
import { type RecordingWork, recordingWork } from './recordings/work.ts';
import { RouteRules } from './route-rules.ts';
import { ScreenTokens, screenLink } from './screen/screen-token.ts';
import { SuggestionDesk } from './suggestions.ts';
import { twilioOrders } from './twilio/rest.ts';
import { StreamTokens } from './twilio/token.ts';
import { countUsage } from './usage-count.ts';
import { WebhookDesk } from './webhooks/desk.ts';
import { WebhookEvents } from './webhooks/events.ts';
import { deliveriesOf } from './webhooks/work.ts';

/** What a gateway stands on. The demo and the tests bring their own clock, and sockets joined in memory. */
export interface Ground {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: GatewayMetrics;
  readonly stores: Stores;
  readonly line: LineDefinition;
  /** Opens the connection to a model. By default the Realtime API at `OPENAI_BASE_URL`. */
  readonly connectModel?: (signal: AbortSignal) => Promise<MessageSocket>;
  readonly onEvent?: (callId: CallId, event: ContextEvent) => void;
  /** Names this machine, for the processes on it that share limits. */
  readonly node?: string;
  /** By default an estimate. */
  readonly countTokens?: CountTokens;
  /** Greetings that were made before, by agent. */
  readonly greetings?: ReadonlyMap<string, Clip>;
  /** Where recordings go, in place of the folder of the settings. */
  readonly recordingDisk?: Disk;
  /** A page about jobs for the console. */
  readonly board?: RequestHandler;
  /** The other processes took this one for dead. */
  readonly onTaken?: () => void;
}

/** A gateway, put together but not listening. */
export interface Gateway {
  readonly calls: CallRegistry;
  /** The carrier's side: webhooks, and what the media socket's upgrade needs. */
  readonly http: HttpDeps;
  readonly publicApp: Express;
  readonly consoleApp: Express;
  /** Serves one media stream over any message socket. */
  readonly serveStream: ServeStream;
  /** Connections to the model server that wait for a session: start them once, and stop them with the gateway. */
  readonly warm: Pick<WarmPool, 'start' | 'stop'>;
  /** Start it before calls come, or it counts as off. */
  readonly killSwitch: Pick<KillSwitch, 'start' | 'stop'>;
  /** Tells webhooks of calls: stop it as the outbox. */
  readonly webhooks: Pick<WebhookEvents, 'start' | 'stop'>;
  /** Stop it when the last call has left, and before the stores are closed. */
  readonly outbox: Pick<Outbox, 'stop'>;
  /** Who else serves calls: nobody knows of this process before it is started. */
  readonly fleet: Pick<Fleet, 'start' | 'drain' | 'stop'>;
  /** Accepted suggestions route no call before it is started. */
  readonly routes: Pick<RouteRules, 'start' | 'stop'>;
  /** Undefined: calls are not recorded. */
  readonly recordings: RecordingWork | undefined;
}

/** Who is who: the one place where ports meet their adapters. */
export const compose = (settings: Settings, ground: Ground): Gateway => {
  const { clock, log, metrics, stores } = ground;
  const line = peopledLine(ground.line, settings, log);
  const publicUrl = new URL(settings.http.publicUrl);
  const secrets: readonly [string, ...string[]] = [settings.internalSecret, ...settings.olderSecrets];
  const screenTokens = new ScreenTokens(secrets, clock);
  const linkTo = (ref: TransferRef) => screenLink(publicUrl, screenTokens.issue(ref));
  const orders = ordersOf(settings, clock);
  const warm = warmPool(settings, ground);
  const { health, openSession } = modelOf(settings, ground, warm.connect);
  const { fallbackNumber, killSwitch: heldOn } = settings.people;
  const otherwise = elsewhereOf(line, settings);
  const killSwitch = new KillSwitch({ store: stores.killSwitch, clock, log, metrics, heldOn });
  const backlog = new Backlog({ clock, log, metrics });
  const recordings = recordingWork(settings, ground);
  const outbox = new Outbox({ queue: stores.queue, clock, log, random: Math.random });
  const routes = new RouteRules({ line: line.name, store: stores.rules, clock, log });
  const webhooks = new WebhookEvents({ endpoints: stores.webhooks, queue: stores.queue, clock, log, random: Math.random });
  const owner = randomUUID();
  const fleet: Fleet = new Fleet({
    ...{ node: owner, host: settings.http.nodeHost, stores, clock, log, metrics },
    askAgain: orders.orders?.askAgain,
    onOver: (callId) => calls.isOver(callId),
    onTaken: () => ground.onTaken?.(),
  });
  const calls: CallRegistry = new CallRegistry(
    {
      line,
      openSession,
      models: { realtime: settings.openai.realtimeModel, transcription: settings.openai.transcriptionModel },
      store: stores.contexts,
      ...(settings.limits.callerDays === 0 ? {} : { callers: stores.callers }),
      ...(settings.http.intakeKey === undefined ? {} : { intakes: stores.intakes }),
      ...(settings.openai.textModel === undefined ? {} : { summaries: stores.summaries }),
      backlog,
      queue: stores.queue,
      outbox,
      rules: routes,
      clock,
      log,
      metrics,
      countTokens: ground.countTokens ?? estimateTokens,
      owner,
      roll: fleet,
      isThere: (node) => fleet.isThere(node),
      random: Math.random,
      appendBytes: appendPaceOf(settings, clock),
      greetings: ground.greetings ?? new Map(),
      bargeInMs: settings.audio.bargeInMs,
      keyBargeIn: settings.audio.keyBargeIn,
      idleMs: settings.limits.idleSeconds * 1_000,
      maxMs: settings.limits.maxMinutes * 60_000,
      transfers: stores.transfers,
      screenLink: linkTo,
      recordings: recordings?.folder,
      ...orders,
      onEvent: (callId, event) => {
        webhooks.onEvent(callId, event);
        ground.onEvent?.(callId, event);
      },
    },
    {
      maxCalls: settings.limits.maxCalls,
      maxCallsOfFleet: settings.limits.maxCallsOfFleet,
      maxCallsPerCaller: settings.limits.maxCallsPerCaller,
      shared: sharedPlaces(settings, ground),
      fallbackNumber,
      isShut: () => killSwitch.isOn,
      isModelDown: () => health.isDown,
    },
  );
  const suggestions = new SuggestionDesk({
    sources: { calls: stores.calls, handoffs: stores.handoffs },
    ...{ rules: stores.rules, routes, line, clock },
  });
  const { accountSid, authTokens } = settings.twilio;
  const http: HttpDeps = {
    publicUrl,
    authTokens,
    tokens: new StreamTokens(secrets, clock),
    desk: calls,
    ...peopleDesks({ house: { transfers: stores.transfers, clock, log, ...orders }, calls, metrics, tokens: screenTokens }),
    clock,
    count: (what, { why = '' } = {}) => metrics.count('throughline_notices_total', { peer: 'carrier', what, why }),
    log,
    lastResort: inNeed({ otherwise, fallbackNumber }, sorryWords),
    ...intakeOf(settings, ground),
    ...(accountSid === undefined ? {} : { accountSid }),
    ...(fallbackNumber === undefined ? {} : { fallback: { number: fallbackNumber } }),
  };
  return {
    calls,
    http,
    publicApp: publicApp(http),
    consoleApp: consoleApp({
      ...consoleDeps(ground, calls),
      transfers: transfersOf(calls, linkTo),
      callbacks: callbacksOf(calls),
      killSwitch,
      suggestions,
      advice: adviceOf(suggestions),
      webhooks: webhookDesk(settings, ground, webhooks),
      recording: async (callId) => await recordings?.folder.open(callId),
      consoleHost: settings.http.consoleHost,
      consoleUrl: settings.http.consoleUrl,
      consoleUserHeader: settings.http.consoleUserHeader,
      ...(ground.board === undefined ? {} : { board: ground.board }),
    }),
    serveStream: streamServer(http),
    warm: {
      start: () => warm.start(),
      stop: () => {
        warm.stop();
        health.stop();
      },
    },
    killSwitch,
    webhooks,
    outbox,
    fleet,
    routes,
    recordings,
  };
};

/** Where the line sends callers whom it does not take. An address of ours would send them round and round. */
const elsewhereOf = ({ pilot }: LineDefinition, { http }: Settings): Elsewhere | undefined => {
  const otherwise = pilot?.otherwise;
  if (otherwise === undefined || !('url' in otherwise) || new URL(otherwise.url).host !== new URL(http.publicUrl).host)
    return otherwise;
  throw new ThroughlineError(
    'line-invalid',
    "pilot.otherwise.url: is on PUBLIC_URL's host; a call would come back for ever",
  );
};

/** Whoever reads the console may set webhooks up: it has no login. */
const webhookDesk = ({ webhookAllow: allow }: Settings, ground: Ground, events: WebhookEvents): WebhookDesk => {
  const { stores, clock } = ground;
  return new WebhookDesk({
    endpoints: stores.webhooks,
    log: stores.deliveries,
    deliveries: deliveriesOf({ allow }, ground),
    allow,
    clock,
    onChange: () => void events.look(),
  });
};

const intakeOf = ({ http }: Settings, { line, stores }: Ground): Pick<HttpDeps, 'intakeNames' | 'announcing'> => {
  const { intake } = line;
  return {
    ...(intake === undefined ? {} : { intakeNames: fieldNamesOf(Object.keys(intake.accepts.shape)) }),
    ...(http.intakeKey === undefined ? {} : { announcing: { apiKey: http.intakeKey, intakes: stores.intakes, intake } }),
  };
};

/** One process with a database of its own needs nobody to agree with. */
const sharedPlaces = ({ limits, store }: Settings, { stores, node }: Ground): SharedPlaces | undefined =>
  limits.workers === 1 && store.startsWith('sqlite:')
    ? undefined
    : { places: stores.places, node: limits.workers === 1 ? undefined : node };

const appendPaceOf = ({ audio }: Settings, clock: Clock): (() => number) => {
  if (audio.appendMs !== 'auto') return fixedPace(audio.appendMs);
  let last = performance.eventLoopUtilization();
  const utilization = () => {
    const now = performance.eventLoopUtilization();
    const share = performance.eventLoopUtilization(now, last).utilization;
    last = now;
    return share;
  };
  return adaptivePace({ clock, utilization });
};

const ordersOf = ({ twilio, http }: Settings, clock: Clock): { readonly orders?: CarrierOrders } => {
  const { accountSid, authTokens, apiUrl } = twilio;
  const authToken = authTokens[0];
  if (accountSid === undefined || authToken === undefined) return {};
  const links = linksOf(new URL(http.publicUrl));
  return { orders: twilioOrders({ accountSid, authToken, apiUrl: new URL(apiUrl), clock, links }) };
};

type ModelGround = Pick<Ground, 'clock' | 'log' | 'metrics' | 'connectModel'>;

const connectorOf = ({ openai }: Settings, { clock, connectModel }: ModelGround): Connect => {
  const { baseUrl, apiKey, realtimeModel } = openai;
  return connectModel ?? realtimeConnector({ baseUrl, apiKey: apiKey ?? '', model: realtimeModel, clock });
};

const warmPool = (settings: Settings, ground: ModelGround): WarmPool =>
  new WarmPool({
    connect: connectorOf(settings, ground),
    clock: ground.clock,
    size: settings.limits.warmSessions,
    random: Math.random,
    onTrouble: (why) =>
      ground.log.warn({ error: why }, 'no connection to the model server is kept ready; it is tried again'),
  });

/** Who makes summaries, judges handoffs and reads calls that are over: a text model, if one is set. What it uses is counted, where there are figures. */
export const textWorkOf = (
  { openai: { baseUrl, apiKey, textModel } }: Settings,
  metrics?: Pick<GatewayMetrics, 'count'>,
): Parameters<typeof jobHandlers>[1] => {
  if (textModel === undefined) return {};
  const onUsage = (used: TokenUsage) => metrics !== undefined && countUsage(metrics, used);
  const ask = openaiTextModel({ baseUrl, apiKey: apiKey ?? '', model: textModel, onUsage });
  return { summarise: summariser(ask), judge: handoffJudge(ask), analyse: callAnalyst(ask) };
};

/** Sessions of calls, and what all calls know of the server that they need. */
const modelOf = (settings: Settings, ground: ModelGround, connect: Connect) => {
  const { clock, log, metrics } = ground;
  const health: ModelHealth = new ModelHealth({
    clock,
    random: Math.random,
    probe: () => {
      const session = probing(probeSetup, {});
      session.events.listen(({ type }) => type === 'session-ready' && session.close());
    },
    onChange: (isDown) => {
      metrics.gauge('throughline_model_down', isDown ? 1 : 0);
      if (isDown) log.error({}, 'the model server is down: new calls go to people, or hear so, until it is back');
      else log.warn({}, 'the model server is back');
    },
  });
  const probing = sessionsOf(settings, { ...ground, connectModel: connect }, health);
  const openSession = sessionsOf(settings, { ...ground, connectModel: health.guard(connect) }, health);
  return { health, openSession };
};

/** A session that asks for nothing and so costs nothing. */
const probeSetup: SessionSetup = {
  agent: 'probe',
  voice: 'marin',
  instructions: '',
  tools: [],
  history: [],
  turnTaking: { createResponse: false, interruptResponse: false },
};

/** How sessions are opened, by the settings. */
export const sessionsOf = (settings: Settings, ground: ModelGround, health?: RealtimeOptions['health']): OpenSession => {
  const { clock, log, metrics } = ground;
  const { transcriptionModel } = settings.openai;
  const { format, vad } = settings.audio;
  return openRealtime({
    connect: connectorOf(settings, ground),
    clock,
    format,
    vad,
    language: new Intl.Locale(settings.line.language).language,
    ...(transcriptionModel === '' ? {} : { transcriptionModel }),
    log: (message, facts) => log.warn(facts, message),
    count: (what, why) => metrics.count('throughline_notices_total', { peer: 'model', what, why }),
    ...(health === undefined ? {} : { health }),
  });
};

const consoleDeps = ({ stores, metrics, log, clock }: Ground, calls: CallRegistry) => ({
  bundle: async (callId: CallId) => {
    const bundle = await calls.bundle(callId);
    return bundle === undefined ? undefined : bundleDocument(bundle);
  },
  events: async (callId: CallId) => {
    const call = await stores.contexts.load(callId);
    return call?.erased === undefined ? call?.events : undefined;
  },
  jobs: stores.queue,
  recent: (limit: number) => stores.contexts.recent(limit),
  callLog: stores.calls,
  handoffLog: stores.handoffs,
  readFigures: figuresFrom(stores.tallies, () => clock.wall()),
  clock,
  live: () => calls.live.map(({ callId }) => callId),
  ready: async () => {
    await stores.contexts.ping();
    return calls.readiness;
  },
  metrics: () => metrics.text(),
  erasures: stores.erasures,
  audit: stores.audit,
  log,
});

/** What a desk application needs of a call's transfers. Whoever reads the console may act for the person: it has no login. */
const transfersOf = (calls: CallRegistry, linkTo: (ref: TransferRef) => string) => async (callId: CallId) => {
  const { transfers = [] } = (await calls.bundle(callId)) ?? {};
  return transfers.map(({ transfer, from, to, way, reason, state, outcome, requestedAt, talkMs, notes, verdict }) => ({
    transfer,
    from,
    to,
    way,
    reason,
    state,
    outcome: outcome ?? null,
    talkMs: talkMs ?? null,
    notes: notes ?? null,
    verdict: verdict ?? null,
    requestedAt: new Date(requestedAt).toISOString(),
    screen: linkTo({ callId, transfer }),
  }));
};

/** Suggestions as the page of figures shows them: new ones first. */
const adviceOf =
  (desk: Pick<SuggestionDesk, 'list'>): NonNullable<ApiDeps['advice']> =>
  async ({ line }) => {
    const { open, accepted, dismissed } = await desk.list();
    const shown = [
      ...open.map((each) => ({ ...each, decided: { state: 'open' } as const })),
      ...accepted.map((each) => ({
        ...each,
        decided: { state: 'accepted', ...decisionOf(each), effect: each.effect } as const,
      })),
      ...dismissed.map((each) => ({
        ...each,
        decided: { state: 'dismissed', ...decisionOf(each), callsSince: each.callsSince } as const,
      })),
    ];
    return shown.filter((each) => line === undefined || each.line === line);
  };

const decisionOf = ({ at, by }: Pick<DecidedView, 'at' | 'by'>) => ({ at, by });

const callbacksOf = (calls: CallRegistry) => async (callId: CallId) => {
  const { callbacks = [] } = (await calls.bundle(callId)) ?? {};
  return callbacks.map(({ number, when, reason, at }) => ({ number, when, reason, askedAt: new Date(at).toISOString() }));
};

/**
 * The line that is served: the module that `THROUGHLINE_LINE` names, or the example line. A module exports a line as its default, or
 * a function `createLine(settings)`.
 * @throws ThroughlineError `line-invalid` with every problem and its place; `line-not-loaded` when the module can't be imported.
 */
export const loadLine = async (settings: Settings['line']): Promise<LineDefinition> => {
  const backOffice = { backOfficeUrl: settings.backOfficeUrl };
  if (settings.path === undefined) return withLanguage(requireLine(createLine(backOffice)), settings.language);
  const module = await importLine(settings.path);
  const made = typeof module['createLine'] === 'function' ? await module['createLine'](backOffice) : module['default'];
  return withLanguage(requireLine(made), settings.language);
};

const importLine = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    throw new ThroughlineError('line-not-loaded', `THROUGHLINE_LINE: ${path} could not be loaded: ${messageOf(cause)}`, {
      cause,
    });
  }
};

const withLanguage = (line: LineDefinition, language: string): LineDefinition =>
  line.language === undefined ? { ...line, language } : line;
