import { type CallId, ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import { foldCall } from '../../store/context/fold.ts';
import type { ContextStore } from '../../store/context-store.ts';
import { hasLetGo } from '../../store/let-go.ts';
import type { NodeSign, Nodes } from '../../store/nodes.ts';

export interface ReaperOptions {
  readonly nodes: Pick<Nodes, 'take' | 'takeCall'>;
  readonly contexts: Pick<ContextStore, 'load'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Whether the process at this address says that it is that one. */
  readonly answers: (address: string, node: string) => Promise<boolean>;
  /** Has the carrier ask what is next of a call, whatever it is in the middle of; `gone`: the call is over. */
  readonly redirect: (callId: CallId) => Promise<'done' | 'gone'>;
  /** The call is over, and nobody has written that down. */
  readonly onOver: (callId: CallId) => void;
  readonly count: (what: 'nodes_reaped' | 'calls_redirected') => void;
}

/** So many orders at a time: a carrier takes no more of an account in one go, and the processes that are left must answer for each. */
const atOnce = 8;
/** Each lane waits so long behind an order: a hundred calls are asked about within two seconds. */
const pauseMs = 100;

/** Moves the calls of processes that hang or are gone without a word: the carrier is told to ask again, and asks whoever is there. */
export class Reaper {
  readonly #options: ReaperOptions;
  readonly #busyWith = new Set<string>();
  /** A process that is silent, but answers: whoever has no store is well otherwise. */
  readonly #spared = new Set<string>();

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  /** Deals with a silent process, unless this is being done. Never rejects. */
  async suspects(sign: NodeSign): Promise<void> {
    const { node } = sign;
    if (this.#busyWith.has(node)) return;
    this.#busyWith.add(node);
    try {
      await this.#deal(sign);
    } catch (error) {
      this.#options.log.warn(
        { node, error: messageOf(error) },
        'a silent process could not be dealt with; it is tried again',
      );
    } finally {
      this.#busyWith.delete(node);
    }
  }

  async #deal({ node, beat, address }: NodeSign): Promise<void> {
    const { nodes, log, answers, count } = this.#options;
    if (await answers(address, node)) {
      if (!this.#spared.has(node))
        log.warn({ node, host: address }, 'a process gives no sign in the store, but answers: it is left alone');
      this.#spared.add(node);
      return;
    }
    this.#spared.delete(node);
    if (!(await nodes.take(node, beat))) return;
    count('nodes_reaped');
    log.warn(
      { node, host: address },
      'a process is gone or hangs: the carrier is told to ask again about calls that it still has',
    );
    await Promise.all(Array.from({ length: atOnce }, () => this.#lane(node)));
  }

  async #lane(node: string): Promise<void> {
    const { nodes, clock } = this.#options;
    for (let callId = await nodes.takeCall(node); callId !== undefined; callId = await nodes.takeCall(node)) {
      await this.#move(node, callId);
      await new Promise<void>((resolve) => clock.after(ms(pauseMs), resolve));
    }
  }

  async #move(node: string, callId: CallId): Promise<void> {
    const { log, redirect, onOver, count } = this.#options;
    try {
      if (!(await this.#isStillWith(node, callId))) return;
      const outcome = await redirect(callId);
      if (outcome === 'gone') onOver(callId);
      else count('calls_redirected');
      log.info({ callId, node, outcome }, 'the carrier is told to ask again about a call of a silent process');
    } catch (error) {
      log.error({ callId, node, error: messageOf(error) }, 'a call of a silent process could not be moved');
    }
  }

  /** The carrier may have asked by itself, and then somebody has the call by now; or it ended, or is with a person. */
  async #isStillWith(node: string, callId: CallId): Promise<boolean> {
    const call = await this.#options.contexts.load(callId);
    if (call === undefined) return true; // it had not been written down yet that it began
    return call.owner === node && foldCall(callId, call.events).ended === undefined && !hasLetGo(call);
  }
}
