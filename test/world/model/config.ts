import type { WireFormat } from './audio.ts';
import { type Refusal, refusal, type SessionUpdate, type ToolSpec } from './client-events.ts';
import type { VadSettings } from './vad.ts';

type InputUpdate = NonNullable<NonNullable<SessionUpdate['audio']>['input']>;
type TurnDetectionUpdate = NonNullable<InputUpdate['turn_detection']>;

/** The session object as `session.created` and `session.updated` show it. */
export interface SessionConfig {
  readonly type: 'realtime';
  readonly object: 'realtime.session';
  readonly id: string;
  readonly model: string;
  readonly expires_at: number;
  readonly output_modalities: readonly string[];
  readonly instructions: string;
  readonly tools: readonly ToolSpec[];
  readonly tool_choice: SessionUpdate['tool_choice'];
  readonly max_output_tokens: number | 'inf';
  readonly tracing: unknown;
  readonly prompt: null;
  readonly include: unknown;
  readonly audio: {
    readonly input: {
      readonly format: { readonly type: WireFormat; readonly rate?: number };
      readonly transcription: InputUpdate['transcription'];
      readonly noise_reduction: InputUpdate['noise_reduction'];
      readonly turn_detection: TurnDetectionUpdate | null;
    };
    readonly output: {
      readonly format: { readonly type: WireFormat; readonly rate?: number };
      readonly voice: unknown;
      readonly speed: number;
    };
  };
}

const vadDefaults = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
} as const;

export const defaultConfig = (id: string, model: string, expiresAt: number): SessionConfig => ({
  type: 'realtime',
  object: 'realtime.session',
  id,
  model,
  expires_at: expiresAt,
  output_modalities: ['audio'],
  instructions: 'You are a helpful assistant.',
  tools: [],
  tool_choice: 'auto',
  max_output_tokens: 'inf',
  tracing: null,
  prompt: null,
  include: null,
  audio: {
    input: {
      format: { type: 'audio/pcm', rate: 24000 },
      transcription: null,
      noise_reduction: null,
      turn_detection: vadDefaults,
    },
    output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'marin', speed: 1 },
  },
});

const mergedTurnDetection = (
  old: TurnDetectionUpdate | null,
  update: TurnDetectionUpdate | null | undefined,
): TurnDetectionUpdate | null => {
  if (update === undefined) return old;
  if (update === null) return null;
  if (old?.type === update.type) return { ...old, ...update } as TurnDetectionUpdate;
  return update.type === 'server_vad'
    ? { ...vadDefaults, ...update }
    : { create_response: true, interrupt_response: true, ...update };
};

/** Only fields that are present change; one that can't change refuses the whole update. */
export const applyUpdate = (
  config: SessionConfig,
  update: SessionUpdate,
  audioEmitted: boolean,
): SessionConfig | Refusal => {
  const { audio, model, ...top } = update;
  if (model !== undefined && model !== config.model) {
    return refusal('invalid_value', "A session's model can't be changed.", 'session.model');
  }
  const voice = audio?.output?.voice;
  if (audioEmitted && voice !== undefined && JSON.stringify(voice) !== JSON.stringify(config.audio.output.voice)) {
    const message = "Cannot update a conversation's voice if assistant audio is present.";
    return refusal('cannot_update_voice', message, 'session.audio.output.voice');
  }
  const { turn_detection, ...input } = audio?.input ?? {};
  return {
    ...config,
    ...top,
    audio: {
      input: {
        ...config.audio.input,
        ...input,
        turn_detection: mergedTurnDetection(config.audio.input.turn_detection, turn_detection),
      },
      output: { ...config.audio.output, ...audio?.output },
    },
  } as SessionConfig;
};

/** How to find turns, or undefined when the client commits by hand. Semantic VAD is approximated by plain silence. */
export const vadSettingsOf = (config: SessionConfig): VadSettings | undefined => {
  const detection = config.audio.input.turn_detection;
  if (detection === null) return undefined;
  if (detection.type === 'semantic_vad') return { threshold: 0.5, prefixMs: 300, silenceMs: 500 };
  return {
    threshold: detection.threshold ?? vadDefaults.threshold,
    prefixMs: detection.prefix_padding_ms ?? vadDefaults.prefix_padding_ms,
    silenceMs: detection.silence_duration_ms ?? vadDefaults.silence_duration_ms,
  };
};
