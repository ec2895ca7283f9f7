/** What the server does wrong when told to. Each happens once. */
export type Fault =
  /** The handshake is answered with this HTTP status, and this code in its body; `retryAfter`: in seconds. */
  | {
      readonly type: 'refuse-handshake';
      readonly status: number;
      readonly code?: string;
      readonly retryAfter?: number;
    }
  /** `session.update` is never answered. */
  | { readonly type: 'ignore-update' }
  /** The connection breaks (1006) in a response, after so much of its audio. */
  | { readonly type: 'drop-in-audio'; readonly afterMs: number }
  /** A response ends as failed, with this code, before it says anything. */
  | { readonly type: 'fail-response'; readonly code: string }
  /** A response that is due is never created. */
  | { readonly type: 'no-response' }
  /** A response comes as text although audio is asked for. */
  | { readonly type: 'answer-in-text' }
  /** The arguments of a tool call are not JSON. */
  | { readonly type: 'break-arguments' }
  /** A tool call's completion is announced twice as often as it should be. */
  | { readonly type: 'announce-twice' }
  /** `response.done` for a response that was never announced comes before the real one. */
  | { readonly type: 'stray-done' }
  /** A spoken message is made so long, in a second: the same words again and again. */
  | { readonly type: 'flood'; readonly ms: number }
  /** An event of the client of this type is refused, as if it were malformed. */
  | { readonly type: 'reject-event'; readonly of: string }
  /** The session falls silent in a response: the socket stays open, nothing comes any more. */
  | { readonly type: 'mute' };

interface Planned {
  readonly fault: Fault;
  /** Only for sessions of this persona. */
  readonly persona: string | undefined;
}

/** The faults that are still to happen. */
export class FaultPlan {
  readonly #planned: Planned[] = [];

  add(fault: Fault, persona?: string): void {
    this.#planned.push({ fault, persona });
  }

  /** Takes the next fault that refuses this event. */
  takeRejection(of: string, persona?: string): boolean {
    const index = this.#planned.findIndex(
      ({ fault, persona: only }) =>
        fault.type === 'reject-event' && fault.of === of && (only === undefined || only === persona),
    );
    if (index >= 0) this.#planned.splice(index, 1);
    return index >= 0;
  }

  /** Takes the next fault of a type, if one is due for this persona. */
  take<Type extends Fault['type']>(type: Type, persona?: string): Extract<Fault, { type: Type }> | undefined {
    const index = this.#planned.findIndex(
      (planned) => planned.fault.type === type && (planned.persona === undefined || planned.persona === persona),
    );
    const [planned] = index < 0 ? [] : this.#planned.splice(index, 1);
    return planned === undefined ? undefined : (planned.fault as Extract<Fault, { type: Type }>);
  }
}
