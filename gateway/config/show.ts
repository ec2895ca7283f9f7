import { describeStore, keyStoreBeside, parseStoreUrl } from '../../store/store-url.ts';
import type { Problem } from './reader.ts';
import type { Settings } from './settings.ts';

const control = /\p{Cc}/gu;
const plain = (text: string): string => text.replace(control, '?');

/** All problems as one table for a terminal, one line each: name, what is wrong, where to get the value. */
export const problemTable = (problems: readonly Problem[]): string => {
  const title = { name: 'SETTING', wrong: 'WHAT IS WRONG', where: 'WHERE TO GET IT' };
  const rows = [title, ...problems].map((row) => [row.name, row.wrong, row.where].map(plain));
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
};

const masked = (value: string | Uint8Array | undefined): string => (value === undefined ? 'not set' : 'set');
const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off');
const lastTwo = (number: string): string => `…${number.slice(-2)}`;

const shownStore = (url: string): string => {
  const store = parseStoreUrl(url);
  return 'problem' in store ? 'not valid' : describeStore(store);
};

const shownKeyStore = ({ sealing, store }: Settings): string => {
  if (sealing === undefined) return 'none';
  if (sealing.keyStore !== undefined) return shownStore(sealing.keyStore);
  const parsed = parseStoreUrl(store);
  return 'problem' in parsed ? 'not valid' : describeStore(keyStoreBeside(parsed));
};

const humans = (people: ReadonlyMap<string, string>): string =>
  people.size === 0 ? 'none' : [...people].map(([name, number]) => `${name}=${lastTwo(number)}`).join(', ');

/** What is kept, how long, with what it is sealed, and who looks at it. */
const describeKept = (settings: Settings): Readonly<Record<string, string>> => {
  const { http, limits, sealing } = settings;
  return {
    THROUGHLINE_CALLER_DAYS: String(limits.callerDays),
    THROUGHLINE_RETENTION_DAYS: String(limits.retentionDays),
    THROUGHLINE_TRANSCRIPT_DAYS: String(limits.transcriptDays),
    THROUGHLINE_FIGURES_DAYS: String(limits.figuresDays),
    THROUGHLINE_RECORDING: settings.recording?.folder ?? 'off',
    THROUGHLINE_RECORDING_DAYS: String(settings.recording?.days ?? limits.transcriptDays),
    THROUGHLINE_SEAL_KEY: masked(sealing?.keys[0]),
    THROUGHLINE_SEAL_KEY_OLD: masked(sealing?.keys[1]),
    THROUGHLINE_JOB_STORE: settings.jobStore === undefined ? 'none' : shownStore(settings.jobStore),
    THROUGHLINE_KEY_STORE: shownKeyStore(settings),
    THROUGHLINE_CONSOLE_USER_HEADER: http.consoleUserHeader ?? 'none',
  };
};

/** Where the two ports are, and what they are called. */
const describePorts = ({ http }: Settings): Readonly<Record<string, string>> => ({
  PUBLIC_URL: http.publicUrl,
  PORT: `${http.port}${http.host === undefined ? '' : ` on ${http.host} only`}`,
  CONSOLE_PORT: String(http.consolePort),
  CONSOLE_HOST: http.consoleHost,
  THROUGHLINE_NODE_HOST: http.nodeHost ?? 'found out',
  CONSOLE_URL: http.consoleUrl ?? 'none',
});

/** Every setting with its value, fit to be shown: secrets only as `set` or `not set`, numbers by their last two digits. */
export const describeSettings = (settings: Settings): Readonly<Record<string, string>> => {
  const { twilio, openai, http, audio, limits, line, people } = settings;
  return {
    TWILIO_ACCOUNT_SID: twilio.accountSid ?? 'not set',
    TWILIO_AUTH_TOKEN: masked(twilio.authTokens[0]),
    TWILIO_AUTH_TOKEN_OLD: masked(twilio.authTokens[1]),
    TWILIO_API_URL: twilio.apiUrl,
    OPENAI_API_KEY: masked(openai.apiKey),
    OPENAI_BASE_URL: openai.baseUrl,
    OPENAI_REALTIME_MODEL: openai.realtimeModel,
    OPENAI_TRANSCRIPTION_MODEL: openai.transcriptionModel,
    OPENAI_TEXT_MODEL: openai.textModel ?? 'none',
    ...describePorts(settings),
    STORE: shownStore(settings.store),
    LOG_LEVEL: settings.logLevel,
    OTEL_EXPORTER_OTLP_ENDPOINT: settings.otlpEndpoint ?? 'off',
    BACK_OFFICE_URL: line.backOfficeUrl ?? 'none',
    THROUGHLINE_LINE: line.path ?? 'the acme example line',
    THROUGHLINE_LANGUAGE: line.language,
    THROUGHLINE_AUDIO: audio.format,
    THROUGHLINE_VAD: audio.vad,
    THROUGHLINE_BARGE_IN_MS: String(audio.bargeInMs),
    THROUGHLINE_KEY_BARGE_IN: audio.keyBargeIn ? 'on' : 'off',
    THROUGHLINE_APPEND_MS: String(audio.appendMs),
    THROUGHLINE_IDLE_SECONDS: String(limits.idleSeconds),
    THROUGHLINE_MAX_MINUTES: String(limits.maxMinutes),
    THROUGHLINE_WORKERS: String(limits.workers),
    THROUGHLINE_WARM_SESSIONS: String(limits.warmSessions),
    THROUGHLINE_MAX_CALLS: String(limits.maxCalls),
    THROUGHLINE_MAX_CALLS_FLEET: String(limits.maxCallsOfFleet ?? 'off'),
    THROUGHLINE_MAX_CALLS_PER_CALLER: String(limits.maxCallsPerCaller ?? 'off'),
    THROUGHLINE_HUMANS: humans(people.humans),
    THROUGHLINE_FALLBACK_NUMBER: people.fallbackNumber === undefined ? 'none' : lastTwo(people.fallbackNumber),
    THROUGHLINE_KILL_SWITCH: onOff(people.killSwitch),
    THROUGHLINE_BULL_BOARD: onOff(http.bullBoard),
    THROUGHLINE_DRAIN_SECONDS: String(limits.drainSeconds),
    ...describeKept(settings),
    THROUGHLINE_PRICES: settings.prices.path ?? 'none',
    THROUGHLINE_INTAKE_KEY: masked(http.intakeKey),
    THROUGHLINE_WEBHOOK_ALLOW: [...settings.webhookAllow].join(', ') || 'none',
  };
};
