// One serving process: calls, webhooks and the console. `npm start` keeps it alive behind one port (main.ts).
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { RequestHandler } from 'express';
import type { LineDefinition } from '../agents/definition.ts';
import { lateTokenizer } from '../agents/openai/tokenizer.ts';
import { ms } from '../infra/brand.ts';
import { systemClock } from '../infra/clock.ts';
import { messageOf } from '../infra/errors.ts';
import { type EndGuard, guardAgainstFreezing } from '../infra/freeze-guard.ts';
import type { Part } from '../infra/shutdown.ts';
import { isFirstStart, isSupervised, receiveConnections, reportReady } from '../infra/supervisor/worker-side.ts';
import type { Clip } from '../store/clips.ts';
import type { Stores } from '../store/stores.ts';
import { type Booted, runProcess } from './boot.ts';
import { compose, type Gateway, loadLine, textWorkOf } from './compose.ts';
import type { Settings } from './config/settings.ts';
import { loadGreetings } from './greetings.ts';
import { Housekeeping } from './housekeeping.ts';
import { hardenedServer } from './http/app.ts';
import { bullBoard } from './http/bull-board.ts';
import { attachMediaSocket } from './http/media-socket.ts';
import { jobFigures, jobWork } from './job-work.ts';
import { gatewayMetrics } from './metrics.ts';
import { QueueDepth } from './queue-depth.ts';
import { traceCalls } from './traces/trace-calls.ts';

/** As sysexits.h has it: a failure that passes. */
const takenExitCode = 75;

/** Last of all, so that nothing is killed for the time that its start takes. */
const freezeGuard: Part = (() => {
  let end: EndGuard | undefined;
  return {
    name: 'freeze guard',
    start: () => {
      end = guardAgainstFreezing();
    },
    stop: () => end?.(),
  };
})();

/** Of the time to drain, what handing calls back may take. */
const handBackMs = 3_000;

const listen = (server: Server, port: number, host: string | undefined): Promise<void> =>
  new Promise((done, failed) => {
    server.once('error', failed);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, done);
  });

const publicPart = (settings: Settings, gateway: Gateway): Part => {
  const server = hardenedServer(gateway.publicApp);
  attachMediaSocket(server, gateway.http);
  return {
    name: 'public port',
    start: () => (isSupervised() ? receiveConnections(server) : listen(server, settings.http.port, settings.http.host)),
    drain: () => gateway.calls.drain(ms(Math.max(0, settings.limits.drainSeconds * 1_000 - handBackMs))),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** The console is one port: the first worker has it, and what it shows comes from the store. */
const consolePart = (settings: Settings, gateway: Gateway, depth: QueueDepth): readonly Part[] => {
  if (!isFirstWorker()) return [];
  const server = createServer(gateway.consoleApp);
  const { consolePort, consoleHost } = settings.http;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  // Closed first of all: the process that takes over wants the port while this one still has calls.
  return [
    { name: 'console port', start: () => listen(server, consolePort, consoleHost), drain: stop },
    { name: 'queue depth', start: () => depth.start(), drain: () => depth.stop() },
  ];
};

/** A folder that can't be used is a reason not to start, but none for a process that takes the place of a killed one: calls wait for it. */
const recordingParts = ({ recordings }: Gateway, log: Booted['log']): readonly Part[] => {
  if (recordings === undefined) return [];
  const { folder, sweep, check } = recordings;
  const start = async () => {
    if (isFirstStart(process.env['THROUGHLINE_WORKER_START'])) await check();
    else await check().catch((error) => log.error({ error: messageOf(error) }, 'calls can not be recorded at the moment'));
    if (isFirstWorker()) sweep.start();
  };
  return [
    { name: 'recordings', start, stop: () => folder.whenIdle() },
    { name: 'sweep of recordings', stop: () => sweep.stop() },
  ];
};

const isFirstWorker = (): boolean => (process.env['THROUGHLINE_WORKER_NUMBER'] ?? '1') === '1';

/** Without them calls are answered by the model, a moment later: no reason not to start. */
const greetingsOf = async (
  { openai }: Settings,
  line: LineDefinition,
  { stores, log }: Pick<Booted, 'stores' | 'log'>,
): Promise<ReadonlyMap<string, Clip>> => {
  try {
    const greetings = await loadGreetings({ line, model: openai.realtimeModel, clips: stores.clips });
    if (greetings.size === 0)
      log.info({}, 'no prepared greeting: `npm run clips` makes one, and calls are answered at once');
    return greetings;
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'prepared greetings could not be loaded; the model greets');
    return new Map();
  }
};

const boardOf = async ({ http }: Settings, { bullmq }: Stores): Promise<{ readonly board?: RequestHandler }> =>
  http.bullBoard && bullmq !== undefined ? { board: await bullBoard(bullmq.queues) } : {};

await runProcess('gateway', process.env, async ({ settings, log, stores }) => {
  const line = await loadLine(settings.line);
  const metrics = gatewayMetrics({ ofProcess: true });
  const greetings = await greetingsOf(settings, line, { stores, log });
  const tokenizer = lateTokenizer(systemClock, log);
  const { countTokens } = tokenizer;
  const node = process.env['THROUGHLINE_NODE'] ?? randomUUID();
  const board = await boardOf(settings, stores);
  const traces = traceCalls(settings, { clock: systemClock, log, metrics, contexts: stores.contexts });
  const listener = traces === undefined ? {} : { onEvent: traces.onEvent };
  const ground = { clock: systemClock, log, metrics, stores, line, greetings, node, countTokens, ...board, ...listener };
  const gateway = compose(settings, {
    ...ground,
    onTaken: () => {
      log.error(
        { node: process.pid },
        'the other processes took this one for dead and have its calls: it ends, and is started anew',
      );
      log.flush();
      process.exit(takenExitCode);
    },
  });
  const rotating = (settings.sealing?.keys.length ?? 0) > 1;
  const housekeeping = new Housekeeping({ clock: systemClock, queue: stores.queue, log, rotating });
  return [
    { name: 'store', stop: () => stores.close() },
    { name: 'traces', stop: () => traces?.close() },
    // gateway/worker.ts works jobs too; whoever is first takes one.
    ...jobWork(settings, {
      stores,
      clock: systemClock,
      log,
      metrics,
      by: textWorkOf(settings, metrics),
      watch: jobFigures(metrics),
    }),
    { name: 'housekeeping', start: () => housekeeping.start(), stop: () => housekeeping.stop() },
    { name: 'webhooks', start: () => gateway.webhooks.start(), stop: () => gateway.webhooks.stop() },
    ...recordingParts(gateway, log),
    { name: 'outbox', stop: () => gateway.outbox.stop() },
    { name: 'kill switch', start: () => gateway.killSwitch.start(), stop: () => gateway.killSwitch.stop() },
    { name: 'accepted suggestions', start: () => gateway.routes.start(), stop: () => gateway.routes.stop() },
    { name: 'warm sessions', start: () => gateway.warm.start(), drain: () => gateway.warm.stop() },
    ...consolePart(settings, gateway, new QueueDepth({ queue: stores.queue, clock: systemClock, metrics })),
    // A process that takes the place of a killed one has calls waiting for it, and loads nothing first.
    {
      name: 'tokenizer',
      start: () =>
        isFirstStart(process.env['THROUGHLINE_WORKER_START'])
          ? tokenizer.load()
          : tokenizer.loadWhen(() => gateway.calls.isIdle),
    },
    publicPart(settings, gateway),
    {
      name: 'fleet',
      start: () => gateway.fleet.start(),
      drain: () => gateway.fleet.drain(),
      stop: () => gateway.fleet.stop(),
    },
    { name: 'ready', start: reportReady },
    freezeGuard,
  ];
});
