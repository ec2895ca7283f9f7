// `npm start`: checks every setting, then keeps the serving processes alive behind one port.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../infra/clock.ts';
import { messageOf } from '../infra/errors.ts';
import { createLog } from '../infra/log.ts';
import { Supervisor, type SupervisorFact } from '../infra/supervisor.ts';
import type { Settings } from './config/settings.ts';
import { describeSettings, problemTable } from './config/show.ts';
import { readSettings } from './config.ts';

/** A worker drains by its own clock; this much later the supervisor stops waiting. */
const graceMs = 5_000;
/** Ctrl-C can reach us twice at once, from the terminal and from the launcher: only a later signal means "now". */
const secondSignalMs = 1_000;

const say = (text: string): void => {
  process.stderr.write(text);
};

const startLines = (settings: Settings, warnings: readonly string[]): string => {
  const { http, openai } = settings;
  const shown = describeSettings(settings);
  const rows = [
    ['line', `${shown['THROUGHLINE_LINE']}, in ${settings.line.language}`],
    ['model', `${openai.realtimeModel} at ${openai.baseUrl}`],
    ['store', shown['STORE']],
    ['console', `http://${http.consoleHost}:${http.consolePort}`],
    ['Twilio', `in the number's voice configuration (HTTP POST), enter:`],
    ['', `a call comes in         ${http.publicUrl}/twilio/voice`],
    ['', `primary handler fails   ${http.publicUrl}/twilio/fallback`],
    ['', `call status changes     ${http.publicUrl}/twilio/status`],
    ...warnings.map((warning) => ['warning', warning]),
  ];
  return `throughline starts on port ${shown['PORT']}\n${rows.map(([name = '', text]) => `  ${name.padEnd(8)} ${text}\n`).join('')}`;
};

/** What is wrong when the port can't be taken, as the other problems are told. */
const portProblem = (settings: Settings, error: unknown): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const wrong =
    code === 'EADDRINUSE'
      ? `${settings.http.port} is in use by another program`
      : `can't be listened on (${messageOf(error)})`;
  return problemTable([{ name: 'PORT', wrong, where: 'stop the other program, or set a free port' }]);
};

const tell =
  (log: ReturnType<typeof createLog>) =>
  (fact: SupervisorFact): void => {
    if (fact.type === 'worker-ended')
      log.warn({ worker: fact.worker, reason: fact.how, delayMs: fact.restartMs }, 'worker ended');
    else if (fact.type === 'worker-started') log.info({ worker: fact.worker, pid: fact.pid }, 'worker started');
    else if (fact.type === 'worker-ready') log.info({ worker: fact.worker }, 'worker ready');
    else log.warn({}, 'a connection waited for a worker in vain');
  };

const stopOnSignals = (supervisor: Supervisor): void => {
  let first: number | undefined;
  const ended = (): void => {
    first ??= systemClock.now();
    if (systemClock.now() - first < secondSignalMs) supervisor.stop();
    else supervisor.abort();
  };
  process.on('SIGTERM', ended);
  process.on('SIGINT', ended);
  process.on('SIGHUP', ended);
};

/**
 * What a call leaves behind is garbage within milliseconds: with room for it from the start there are few collections, and little of it is
 * copied. Room for old objects keeps the collector from marking them all every few seconds, which holds speech up for 20 ms.
 */
const nodeFlags = ['--max-semi-space-size=16', '--min-semi-space-size=16', '--initial-old-space-size=192'];

const serve = async (settings: Settings): Promise<number> => {
  const log = createLog({ level: settings.logLevel });
  const supervisor = new Supervisor({
    script: join(import.meta.dirname, 'serve.ts'),
    workers: settings.limits.workers,
    port: settings.http.port,
    host: settings.http.host,
    nodeFlags: [...process.execArgv, ...nodeFlags],
    env: { ...process.env, THROUGHLINE_INTERNAL_SECRET: settings.internalSecret, THROUGHLINE_NODE: randomUUID() },
    drainMs: settings.limits.drainSeconds * 1_000 + graceMs,
    clock: systemClock,
    report: tell(log),
  });
  try {
    await supervisor.start();
  } catch (error) {
    say(portProblem(settings, error));
    return 1;
  }
  stopOnSignals(supervisor);
  if (await supervisor.ready) say('throughline is ready for calls.\n');
  const end = await supervisor.ended;
  if (end.kind === 'stopped') {
    log.flush();
    process.exit(0); // the streams of a terminal that was closed would keep us for ever
  }
  say(`throughline can't start: the serving process ended with exit code ${end.exitCode}. Its own words are above.\n`);
  return 1;
};

const main = async (): Promise<number> => {
  const result = readSettings(process.env, (path) => readFileSync(path, 'utf8'));
  if (result.kind === 'problems') {
    say(
      `throughline can't start: ${result.problems.length} of its settings must be put right.\n\n${problemTable(result.problems)}`,
    );
    return 1;
  }
  if (process.argv.includes('--print-config')) {
    for (const [name, value] of Object.entries(describeSettings(result.settings)))
      process.stdout.write(`${name}=${value}\n`);
    return 0;
  }
  say(startLines(result.settings, result.warnings));
  return serve(result.settings);
};

process.exitCode = await main();
