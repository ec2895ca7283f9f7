import { pino } from 'pino';
import type { ErrorFacts } from './errors.ts';

/** Structured lines about what the service does. Facts not on the allow-list are left out, phone numbers are masked. */
export interface Log {
  debug(facts: ErrorFacts, text: string): void;
  info(facts: ErrorFacts, text: string): void;
  warn(facts: ErrorFacts, text: string): void;
  error(facts: ErrorFacts, text: string): void;
  /** A log that adds these facts to each line. */
  child(facts: ErrorFacts): Log;
  /** Writes out what is buffered, at once. For the last moment before an exit. */
  flush(): void;
}

export interface LogOptions {
  readonly level: string;
  /** Where whole lines go; standard output by default. */
  readonly destination?: { write(line: string): void };
}

/** What may be logged: ids, names of our own, figures. Never what was said, looked up, or known about a person. */
const allowed: ReadonlySet<string> = new Set([
  ...[
    'agent',
    'fromAgent',
    'toAgent',
    'attempt',
    'bytes',
    'callId',
    'callSid',
    'calls',
    'cause',
    'code',
    'count',
    'deadAirMs',
  ],
  ...[
    'delayMs',
    'durationMs',
    'epoch',
    'error',
    'event',
    'exitCode',
    'from',
    'host',
    'job',
    'key',
    'kind',
    'lastSeq',
    'limit',
    'line',
  ],
  ...[
    'method',
    'model',
    'name',
    'node',
    'outcome',
    'owner',
    'path',
    'phase',
    'pid',
    'port',
    'reason',
    'response',
    'route',
    'seq',
    'session',
  ],
  ...[
    'signal',
    'stack',
    'state',
    'status',
    'store',
    'streamId',
    'streamSid',
    'term',
    'to',
    'tool',
    'toolCallId',
    'type',
    'url',
  ],
  ...['form', 'notLogged', 'role', 'streamError', 'voice', 'waiting', 'what', 'why', 'worker'],
  ...['done', 'failed', 'dead', 'jobs', 'longestMs', 'of'],
]);

const longest = 2_000;
/** Seven digits or more, maybe grouped, that are not part of an id (`CA1234…`), a date or a decimal. */
const phoneNumber = /(?<![\w.+-])(?!\d{4}-\d\d-\d\d)\+?\(?\d(?:[ ()-]{0,2}\d){5,16}\d(?![\w.])/g;
const userInfo = /(\w+:\/\/)[^\s/@]+@/g;

/** All digits but the last two of each phone number become `*`; user names and passwords in URLs too. */
export const maskNumbers = (text: string): string =>
  text
    .slice(0, longest)
    .replace(phoneNumber, (number) => `${'*'.repeat(number.replace(/\D/g, '').length - 2)}${number.slice(-2)}`)
    .replace(userInfo, '$1***@');

const safe = (facts: ErrorFacts): Record<string, unknown> => {
  const kept: Record<string, unknown> = {};
  const omitted: string[] = [];
  for (const [name, value] of Object.entries(facts)) {
    if (!allowed.has(name)) omitted.push(maskNumbers(name));
    else kept[name] = typeof value === 'string' ? maskNumbers(value) : value;
  }
  return omitted.length > 0 ? { ...kept, omitted } : kept;
};

const wrap = (logger: pino.Logger, flush: () => void): Log => ({
  debug: (facts, text) => logger.debug(safe(facts), maskNumbers(text)),
  info: (facts, text) => logger.info(safe(facts), maskNumbers(text)),
  warn: (facts, text) => logger.warn(safe(facts), maskNumbers(text)),
  error: (facts, text) => logger.error(safe(facts), maskNumbers(text)),
  child: (facts) => wrap(logger.child(safe(facts)), flush),
  flush,
});

/** Standard output without ever waiting for it: when a reader is stuck and 8 MB are waiting, lines are dropped, calls go on. */
const standardOutput = (): { write(line: string): void; flush(): void } => {
  const out = pino.destination({ fd: 1, sync: false, maxLength: 8 * 1024 * 1024 });
  out.on('error', () => {}); // the reader is gone; there is nobody to tell
  return { write: (line) => out.write(line), flush: () => flushQuietly(out) };
};

const flushQuietly = (out: { flushSync(): void }): void => {
  try {
    out.flushSync();
  } catch {
    // not open yet, or gone: nothing can be written
  }
};

/** One JSON object per line: level, time (ISO), the facts and the text. */
export const createLog = ({ level, destination }: LogOptions): Log => {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    messageKey: 'text',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (destination !== undefined) return wrap(pino(options, destination), () => {});
  const out = standardOutput();
  return wrap(pino(options, out), out.flush);
};
