import type { CallId } from '../../infra/brand.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import type { ContextStore } from '../../store/context-store.ts';
import { Caller, type CallerOutcome, type CallerStep } from '../world/caller.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { soundSpans } from '../world/carrier/track.ts';

/** What a call is in the middle of. */
export type Moment =
  | 'ringing'
  | 'being taken up'
  | 'the caller speaks'
  | 'a handoff'
  | 'a tool at work'
  | 'the agent speaks'
  | 'the agent thinks'
  | 'the caller thinks';

/** How long a caller waits for an answer that does not come. */
const patienceMs = 40_000;

const isOpen = (events: readonly ContextEvent[], [begun, ...over]: readonly ContextEvent['type'][]): boolean => {
  const last = events.findLast(({ type }) => type === begun || over.includes(type));
  return last !== undefined && last.type === begun;
};

/** One simulated call from dialling to hanging up, and what the store was seen to have of it meanwhile. */
export class WatchedCall {
  readonly call: PhoneCall;
  readonly callId: CallId;
  readonly outcome: Promise<CallerOutcome>;
  readonly #contexts: ContextStore;
  /** Each as it was first seen. */
  readonly #seen: string[] = [];
  #events: readonly ContextEvent[] = [];
  #changed = 0;

  constructor(call: PhoneCall, script: readonly CallerStep[], contexts: ContextStore) {
    this.call = call;
    // The store's own type for it: whoever reads Twilio's form makes it so, too.
    this.callId = call.sid as CallId;
    this.#contexts = contexts;
    this.outcome = new Caller({ call, script, patienceMs }).run();
  }

  /** Events that the store had, at the last look. */
  get events(): readonly ContextEvent[] {
    return this.#events;
  }

  /** How many events that the store once had are different or gone now. */
  get changed(): number {
    return this.#changed;
  }

  /** Looks at what is stored now. Throws when the store can't be reached. */
  async look(): Promise<void> {
    const stored = await this.#contexts.load(this.callId);
    if (stored === undefined && this.#seen.length === 0) return;
    const texts = (stored?.events ?? []).map((event) => JSON.stringify(event));
    this.#changed = this.#seen.filter((text, at) => texts[at] !== text).length;
    for (const text of texts.slice(this.#seen.length)) this.#seen.push(text);
    this.#events = stored?.events ?? [];
  }

  /** What this call is in the middle of, as it looks from outside. */
  moment(): Moment {
    const { record } = this.call;
    const streams = record.facts.filter(({ type }) => type === 'stream-opened' || type === 'stream-closed');
    if (streams.length === 0) return 'ringing';
    if (streams.at(-1)?.type === 'stream-closed') return 'being taken up';
    if (record.now - record.callerEar.lastLoudMs < 200) return 'the caller speaks';
    if (isOpen(this.#events, ['handoff-requested', 'handoff-committed', 'handoff-failed', 'handoff-refused']))
      return 'a handoff';
    if (isOpen(this.#events, ['tool-called', 'tool-returned'])) return 'a tool at work';
    if (record.now - record.agentEar.lastLoudMs < 200) return 'the agent speaks';
    return record.callerEar.lastLoudMs > record.agentEar.lastLoudMs ? 'the agent thinks' : 'the caller thinks';
  }

  /** When streams of this call broke that were open at `from`, in call time. */
  brokenSince(from: number): number | undefined {
    return this.call.record.facts.find((fact) => fact.type === 'stream-closed' && fact.at >= from && fact.code !== 1000)?.at;
  }

  /** From a break until there was sound again, in ms; undefined when the call ended before. */
  silenceAfter(breakAt: number): number | undefined {
    const { record } = this.call;
    const [first] = soundSpans(record.heard, { from: Math.floor(breakAt), to: Math.min(record.now, breakAt + 60_000) });
    return first === undefined ? undefined : first.from - Math.floor(breakAt);
  }
}
