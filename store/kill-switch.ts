import type { Texts } from './texts.ts';

/** How the switch was put by somebody. `since`: ISO 8601, UTC. */
export interface SwitchPosition {
  readonly on: boolean;
  readonly since: string;
}

/** The switch that sends every new call to people: one for all processes of a store. Rejects with `store-unavailable`. */
export interface SwitchStore {
  /** The newest counts. */
  put(position: SwitchPosition): Promise<void>;
  /** Undefined: nobody ever put it. */
  get(): Promise<SwitchPosition | undefined>;
}

/** It must not turn itself off: texts are kept this long, so for good. */
export const switchKeepDays = 36_500;

const key = 'kill';

export const switchIn = (texts: Texts): SwitchStore => ({
  put: ({ on, since }) => texts.put(key, JSON.stringify({ on, since })),
  async get() {
    const stored = await texts.get(key);
    return stored === undefined ? undefined : decodePosition(stored);
  },
});

/** `undefined`: it is not one of ours. */
export const decodePosition = (stored: string): SwitchPosition | undefined => {
  try {
    const { on, since } = JSON.parse(stored);
    return typeof on === 'boolean' && typeof since === 'string' ? { on, since } : undefined;
  } catch {
    return undefined;
  }
};
