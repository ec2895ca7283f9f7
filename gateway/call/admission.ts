import { createHash } from 'node:crypto';
import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import { ExpiringMap } from '../../infra/expiring-map.ts';
import type { Log } from '../../infra/log.ts';
import { type Circle, leaseMs, type Places } from '../../store/places.ts';
import type { CallFacts } from './ports.ts';

export type Refusal = 'full' | 'fleet-full' | 'caller-limit' | 'draining';

/** The places that processes share. A process that shares nothing needs none. */
export interface SharedPlaces {
  readonly places: Places;
  /** Names this machine when several of its processes share `maxCalls`. */
  readonly node: string | undefined;
}

export interface AdmissionOptions {
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  /** Most calls at a time on this machine. */
  readonly maxCalls: number;
  /** Most calls at a time on all machines that share the store; undefined: no limit. */
  readonly maxCallsOfFleet: number | undefined;
  /** Most calls at a time of one caller's number; undefined: no limit. */
  readonly maxCallsPerCaller: number | undefined;
  readonly shared: SharedPlaces | undefined;
  /** Calls that this process serves now. */
  readonly live: () => readonly CallFacts[];
}

/** How long a call that was answered is counted while its stream has not come. */
const ringingMs = 30_000;
/** How long the answer to a ringing call waits for the store: the caller hears the line ring. */
const patienceMs = 500;
const renewEveryMs = leaseMs / 3;

const refusals: Readonly<Record<string, Refusal>> = { node: 'full', fleet: 'fleet-full', caller: 'caller-limit' };

/** A hidden number says nothing about who calls. */
const isNumber = (from: string): boolean => /^\+\d{7,15}$/.test(from);

/**
 * Whether a new call may come: by what this process knows, and by the places that processes share. When the store does not say, by the
 * former alone: a caller is not sent away because a store is.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  /** New calls that were answered and whose stream has not come yet. */
  readonly #ringing: ExpiringMap<CallId, CallFacts>;
  #renewing = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#ringing = new ExpiringMap(options.clock, ms(ringingMs));
  }

  /** Why this call can't be taken; `undefined`: it is counted from now on. Asking twice is the same as asking once. */
  async admit(call: CallFacts): Promise<Refusal | undefined> {
    const { callId } = call;
    const { live } = this.#options;
    if (this.#ringing.has(callId) || live().some((other) => other.callId === callId)) return undefined;
    const refusal = this.#refusalHere(call);
    if (refusal !== undefined) return refusal;
    this.#ringing.set(callId, call);
    const shared = await this.#refusalOfOthers(call);
    if (shared !== undefined) this.#ringing.delete(callId);
    return shared;
  }

  /** The call's stream came: it is one of the live ones. */
  arrived(callId: CallId): void {
    this.#ringing.delete(callId);
    this.#renewLater();
  }

  /** The call is over, for good. */
  over(call: CallFacts): void {
    this.#ringing.delete(call.callId);
    const circles = this.#circlesOf(call);
    if (circles.length === 0) return;
    void this.#options.shared?.places
      .free(
        call.callId,
        circles.map(({ name }) => name),
      )
      .catch(() => {}); // it runs out by itself
  }

  /** The call is over before its stream came. */
  missed(callId: CallId): void {
    const call = this.#ringing.get(callId);
    if (call !== undefined) this.over(call);
  }

  #refusalHere({ from }: CallFacts): Refusal | undefined {
    const { live, maxCalls, maxCallsOfFleet, maxCallsPerCaller } = this.#options;
    const calls = [...live(), ...this.#ringing.values()];
    if (calls.length >= maxCalls) return 'full';
    if (maxCallsOfFleet !== undefined && calls.length >= maxCallsOfFleet) return 'fleet-full';
    if (maxCallsPerCaller === undefined || !isNumber(from)) return undefined;
    return calls.filter((other) => other.from === from).length >= maxCallsPerCaller ? 'caller-limit' : undefined;
  }

  async #refusalOfOthers(call: CallFacts): Promise<Refusal | undefined> {
    const { shared, clock, log } = this.#options;
    const circles = this.#circlesOf(call);
    if (shared === undefined || circles.length === 0) return undefined;
    const patience = Promise.withResolvers<undefined>();
    const cancel = clock.after(ms(patienceMs), () => patience.resolve(undefined));
    try {
      const full = await Promise.race([shared.places.take(call.callId, circles), patience.promise]);
      return full === undefined ? undefined : refusals[full.split(':')[0] ?? ''];
    } catch (error) {
      log.warn({ callId: call.callId, error: messageOf(error) }, 'shared limits are not known; the call is taken');
      return undefined;
    } finally {
      cancel();
    }
  }

  #circlesOf({ from }: CallFacts): readonly Circle[] {
    const { shared, maxCalls, maxCallsOfFleet, maxCallsPerCaller } = this.#options;
    if (shared === undefined) return [];
    const circles: Circle[] = [];
    if (shared.node !== undefined) circles.push({ name: `node:${shared.node}`, most: maxCalls });
    if (maxCallsOfFleet !== undefined) circles.push({ name: 'fleet', most: maxCallsOfFleet });
    // A store keeps no numbers where it needs none.
    if (maxCallsPerCaller !== undefined && isNumber(from))
      circles.push({ name: `caller:${createHash('sha256').update(from).digest('base64url')}`, most: maxCallsPerCaller });
    return circles;
  }

  /** Places are renewed while there are calls. */
  #renewLater(): void {
    const { shared, clock } = this.#options;
    if (shared === undefined || this.#renewing) return;
    this.#renewing = true;
    clock.after(ms(renewEveryMs), () => {
      this.#renewing = false;
      this.#renew(shared.places);
    });
  }

  #renew(places: Places): void {
    const calls = [...this.#options.live(), ...this.#ringing.values()];
    const held = new Map<string, CallId[]>();
    for (const call of calls)
      for (const { name } of this.#circlesOf(call)) held.set(name, [...(held.get(name) ?? []), call.callId]);
    for (const [circle, callIds] of held) places.keep(circle, callIds).catch(() => {}); // again in a moment
    if (calls.length > 0) this.#renewLater();
  }
}
