import type { PriceTable } from '../../store/prices.ts';

/** All settings, checked. Optional ones that are off are `undefined`. */
export interface Settings {
  readonly twilio: {
    readonly accountSid: string | undefined;
    /** The current token first, then the old one during a rotation. Empty: signatures are not checked (loopback only). */
    readonly authTokens: readonly string[];
    readonly apiUrl: string;
  };
  readonly openai: {
    readonly apiKey: string | undefined;
    /** http or https, without the last slash; the Realtime socket is `/realtime` under it with ws or wss. */
    readonly baseUrl: string;
    readonly realtimeModel: string;
    readonly transcriptionModel: string;
    readonly textModel: string | undefined;
  };
  readonly http: {
    /** An origin, without the last slash. */
    readonly publicUrl: string;
    readonly port: number;
    /** The address to listen on; `undefined`: all of this machine. */
    readonly host: string | undefined;
    readonly consolePort: number;
    readonly consoleHost: string;
    /** Where other processes of the fleet reach this one, without a port; `undefined`: found out. */
    readonly nodeHost: string | undefined;
    /** The origin of a proxy in front of the console, without the last slash; `undefined`: there is none. */
    readonly consoleUrl: string | undefined;
    /** The header in which a proxy names who uses the console, in lower case; `undefined`: nobody is believed to. */
    readonly consoleUserHeader: string | undefined;
    /** Who has it may announce calls to `POST /intakes`; `undefined`: nobody. */
    readonly intakeKey: string | undefined;
    /** Whether the console has Bull Board. */
    readonly bullBoard: boolean;
  };
  /** `sqlite:PATH` or a form of redis://. May contain a password: show it only through `describeSettings`. */
  readonly store: string;
  /** A form of redis:// for jobs alone; `undefined`: they are in the store. */
  readonly jobStore: string | undefined;
  /** `undefined`: what is stored is not sealed. */
  readonly sealing: SealSettings | undefined;
  readonly audio: {
    readonly format: 'pcm' | 'pcmu';
    readonly vad: 'server_vad' | 'semantic_vad';
    readonly bargeInMs: number;
    /** Whether a key cuts the agent off. */
    readonly keyBargeIn: boolean;
    /** Milliseconds of the caller's speech in one message to the model; `auto`: 20, more while the node is busy. */
    readonly appendMs: number | 'auto';
  };
  readonly limits: {
    readonly idleSeconds: number;
    readonly maxMinutes: number;
    readonly workers: number;
    /** Connections to the model server that each serving process keeps open. */
    readonly warmSessions: number;
    /** On this machine. */
    readonly maxCalls: number;
    /** On all machines that share the store. */
    readonly maxCallsOfFleet: number | undefined;
    readonly maxCallsPerCaller: number | undefined;
    readonly drainSeconds: number;
    readonly retentionDays: number;
    /** How long what was said is kept: at most `retentionDays`. */
    readonly transcriptDays: number;
    /** How long records without words are kept. */
    readonly figuresDays: number;
    /** How long the last calls of a number are remembered; 0: not at all. */
    readonly callerDays: number;
  };
  readonly line: {
    /** Path of the module; `undefined`: the example line. */
    readonly path: string | undefined;
    readonly language: string;
    readonly backOfficeUrl: string | undefined;
  };
  /** Where calls are recorded, and how long recordings are kept; `undefined`: they are not recorded. */
  readonly recording: { readonly folder: string; readonly days: number } | undefined;
  readonly people: {
    /** name -> E.164 number */
    readonly humans: ReadonlyMap<string, string>;
    readonly fallbackNumber: string | undefined;
    /** Every new call goes to people. */
    readonly killSwitch: boolean;
  };
  /** What calls cost by. `path`: of the file with one's own. */
  readonly prices: { readonly path: string | undefined; readonly table: PriceTable };
  /** Places that webhooks may reach wherever they are, as `host:port`. */
  readonly webhookAllow: ReadonlySet<string>;
  readonly logLevel: LogLevel;
  readonly otlpEndpoint: string | undefined;
  /** Signs stream tokens. Equal on every node with the same Twilio account, so that tokens survive a worker. */
  readonly internalSecret: string;
  /** Of nodes that still go by the auth token before the rotation: what they signed is taken, too. */
  readonly olderSecrets: readonly string[];
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** With what is stored sealed, and where the keys of calls are. */
export interface SealSettings {
  /** 32 bytes each: the current key first, then the old one during a rotation. */
  readonly keys: readonly [Uint8Array, ...Uint8Array[]];
  /** As `store`; `undefined`: a file beside the store's, or the store's own Redis. */
  readonly keyStore: string | undefined;
}
