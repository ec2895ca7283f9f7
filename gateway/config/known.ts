/** What is known of one setting: where its value comes from, and whether it must never be shown. */
export interface KnownSetting {
  readonly where: string;
  readonly secret?: boolean;
}

const twilioConsole = 'console.twilio.com, "Account Info"';
const readme = 'see "Settings" in README.md';

/** Every setting there is. Each can also be given as NAME_FILE, the path of a file that holds the value. */
export const knownSettings = {
  TWILIO_ACCOUNT_SID: { where: twilioConsole },
  TWILIO_AUTH_TOKEN: { where: twilioConsole, secret: true },
  TWILIO_AUTH_TOKEN_OLD: { where: 'the auth token before the rotation', secret: true },
  TWILIO_API_URL: { where: 'leave it out for Twilio itself' },
  OPENAI_API_KEY: { where: 'platform.openai.com/api-keys', secret: true },
  OPENAI_BASE_URL: { where: 'leave it out for OpenAI itself' },
  OPENAI_REALTIME_MODEL: { where: 'platform.openai.com/docs/models' },
  OPENAI_TRANSCRIPTION_MODEL: { where: 'platform.openai.com/docs/models' },
  OPENAI_TEXT_MODEL: { where: 'platform.openai.com/docs/models' },
  PUBLIC_URL: { where: 'the https address at which Twilio reaches this server' },
  PORT: { where: 'a free port of this machine' },
  CONSOLE_PORT: { where: 'a free port of this machine' },
  CONSOLE_HOST: { where: 'an address of this machine' },
  CONSOLE_URL: { where: 'the address of the console in a browser, when a proxy is in front of it' },
  STORE: { where: 'sqlite:PATH, or the URL of your Redis', secret: true },
  REDIS_URL: { where: 'the URL of your Redis', secret: true },
  LOG_LEVEL: { where: readme },
  OTEL_EXPORTER_OTLP_ENDPOINT: { where: 'the URL of your OpenTelemetry collector' },
  BACK_OFFICE_URL: { where: "the URL of the back office that the line's tools call" },
  THROUGHLINE_LINE: { where: 'the module with your line' },
  THROUGHLINE_LANGUAGE: { where: 'a language tag such as en or de-AT' },
  THROUGHLINE_AUDIO: { where: readme },
  THROUGHLINE_VAD: { where: readme },
  THROUGHLINE_BARGE_IN_MS: { where: readme },
  THROUGHLINE_KEY_BARGE_IN: { where: readme },
  THROUGHLINE_APPEND_MS: { where: readme },
  THROUGHLINE_IDLE_SECONDS: { where: readme },
  THROUGHLINE_MAX_MINUTES: { where: readme },
  THROUGHLINE_WORKERS: { where: readme },
  THROUGHLINE_NODE_HOST: { where: 'the address at which other gateways reach this one' },
  THROUGHLINE_WARM_SESSIONS: { where: readme },
  THROUGHLINE_MAX_CALLS: { where: readme },
  THROUGHLINE_MAX_CALLS_FLEET: { where: readme },
  THROUGHLINE_MAX_CALLS_PER_CALLER: { where: readme },
  THROUGHLINE_HUMANS: { where: 'name=+E.164 number, separated by commas' },
  THROUGHLINE_FALLBACK_NUMBER: { where: 'a phone number as +E.164' },
  THROUGHLINE_KILL_SWITCH: { where: readme },
  THROUGHLINE_BULL_BOARD: { where: readme },
  THROUGHLINE_DRAIN_SECONDS: { where: readme },
  THROUGHLINE_RETENTION_DAYS: { where: readme },
  THROUGHLINE_TRANSCRIPT_DAYS: { where: readme },
  THROUGHLINE_FIGURES_DAYS: { where: readme },
  THROUGHLINE_CALLER_DAYS: { where: readme },
  THROUGHLINE_RECORDING: { where: 'a folder of this machine, or one that your machines share' },
  THROUGHLINE_RECORDING_DAYS: { where: readme },
  THROUGHLINE_PRICES: { where: 'a JSON file of prices; see docs/prices.md' },
  THROUGHLINE_INTAKE_KEY: { where: 'make one up: openssl rand -hex 24', secret: true },
  THROUGHLINE_SEAL_KEY: { where: 'make one up: openssl rand -base64 32', secret: true },
  THROUGHLINE_SEAL_KEY_OLD: { where: 'the seal key before the rotation', secret: true },
  THROUGHLINE_JOB_STORE: { where: 'the URL of a Redis of its own', secret: true },
  THROUGHLINE_KEY_STORE: { where: 'the URL of a Redis of its own, or sqlite:PATH', secret: true },
  THROUGHLINE_CONSOLE_USER_HEADER: { where: 'the header in which your proxy names who is logged in' },
  THROUGHLINE_WEBHOOK_ALLOW: { where: 'host:port, separated by commas; see docs/webhooks.md' },
} as const satisfies Record<string, KnownSetting>;

export type SettingName = keyof typeof knownSettings;

/** Names that the supervisor gives to its workers. Not for users, but no mistakes either. */
export const internalNames = [
  'THROUGHLINE_INTERNAL_SECRET',
  'THROUGHLINE_NODE',
  'THROUGHLINE_WORKER_NUMBER',
  'THROUGHLINE_WORKER_START',
] as const;

export const knownSetting = (name: SettingName): KnownSetting => knownSettings[name];

const isKnown = (name: string): boolean =>
  Object.hasOwn(knownSettings, name.replace(/_FILE$/, '')) || (internalNames as readonly string[]).includes(name);

/** Edits (insert, delete, replace) that turn one name into the other. */
const distance = (left: string, right: string): number => {
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...left].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...right].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    above = current;
  }
  return above[right.length] ?? 0;
};

/** The known THROUGHLINE_ name that is spelt most like this one. Long names are cut: this runs on whatever the environment has. */
export const nearestName = (name: string): string => {
  const [first = '', ...others] = Object.keys(knownSettings).filter((known) => known.startsWith('THROUGHLINE_'));
  const wanted = name.slice(0, 64).toUpperCase();
  return others.reduce((best, known) => (distance(wanted, known) < distance(wanted, best) ? known : best), first);
};

/** THROUGHLINE_ names of an environment that are no settings, sorted. */
export const unknownNames = (names: readonly string[]): readonly string[] =>
  names.filter((name) => name.toUpperCase().startsWith('THROUGHLINE_') && !isKnown(name)).sort();
