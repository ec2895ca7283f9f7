import type { KeyRange } from '../../agents/definition.ts';
import { digitsAwaited, keysEntered } from '../../agents/handoff/briefing.ts';
import type { Collected } from '../../agents/tools/collected.ts';
import type { Epoch } from '../../infra/brand.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { KeyGroup } from '../../store/context/keyed.ts';
import { dtmf, isSendable } from '../audio/dtmf.ts';
import type { MediaBridge } from './bridge.ts';
import type { CallHouse } from './house.ts';
import type { Journal } from './journal.ts';
import { Keypad } from './keypad.ts';
import type { SeatedSession } from './seated-session.ts';
import type { CallState } from './state.ts';
import type { Switchboard } from './switchboard.ts';
import type { ToolDesk, ToolKeys, ToolSeat } from './tool-desk.ts';

export interface CallerKeysOptions {
  readonly house: Pick<CallHouse, 'clock' | 'keyBargeIn' | 'metrics' | 'line'>;
  readonly bridge: MediaBridge;
  readonly journal: Journal;
  readonly board: () => Switchboard;
  readonly tools: () => ToolDesk;
  readonly state: () => CallState | undefined;
  /** The caller has answered, by key. */
  readonly onTurn: () => void;
  readonly guard: (act: () => void) => void;
}

/** Keys in a call: what the caller presses reaches the agent as a fact, or a tool as a secret; and tools can press keys, too. */
export class CallerKeys implements ToolKeys {
  readonly #options: CallerKeysOptions;
  readonly #keypad: Keypad;

  constructor(options: CallerKeysOptions) {
    const { house, bridge, guard } = options;
    this.#options = options;
    this.#keypad = new Keypad({
      clock: house.clock,
      silenceMs: () => bridge.silenceMs,
      onGroup: (group) => this.#entered(group),
      hideLine: (backMs) => bridge.hideCaller(backMs),
      showLine: (how) => bridge.showCaller(how),
      onKeys: (what) => bridge.keyed(what),
      guard,
    });
  }

  /** Whether the caller is about to press more: nobody fills the pauses. */
  get isInUse(): boolean {
    return this.#keypad.isInUse;
  }

  get isCollecting(): boolean {
    return this.#keypad.isCollecting;
  }

  pressed(key: string): void {
    const seat = this.#bound;
    if (seat !== undefined) this.#options.tools().callerSpoke(seat);
    if (this.#options.house.keyBargeIn && this.#keypad.isListening) this.#cutOff();
    this.#keypad.pressed(key);
  }

  /** Who talks with the caller. */
  get #bound(): SeatedSession | undefined {
    const state = this.#options.state();
    return state?.at === 'talking' ? this.#options.board().place(state.bound.epoch)?.seat : undefined;
  }

  /** Whoever presses a key has heard enough. */
  #cutOff(): void {
    const { state: stateOf, bridge, board, house } = this.#options;
    const state = stateOf();
    if (state?.at === 'talking') this.#bound?.hush();
    if (state?.at !== 'switching' || bridge.quiet) return;
    bridge.interrupt(board().place(state.bound.epoch)?.seat.responding);
    house.metrics.count('throughline_barge_ins_total');
  }

  /** Told to whoever is there, and answered, unless the call is over. */
  #entered(group: KeyGroup): void {
    const { journal, board, tools, onTurn, house, state: stateOf } = this.#options;
    journal.note({ type: 'keys-entered', ...group });
    house.metrics.count('throughline_key_groups_total', { ended: group.ended });
    onTurn();
    const state = stateOf();
    if (state === undefined || state.at === 'closed') return;
    const seat = this.#bound;
    seat?.dropUnheard();
    board().tellAwaited((serial) => keysEntered(group, serial), state);
    // Results that are on their way are answered with all that is known by then.
    if (seat !== undefined && (seat.responding !== undefined || !tools().isBusy(seat.epoch))) tools().speakAbout(seat);
  }

  async collect(seat: ToolSeat, range: KeyRange): Promise<Collected> {
    const { board, house } = this.#options;
    const collecting = this.#keypad.collect(seat.epoch, range);
    if (this.isCollecting) board().place(seat.epoch)?.seat.learn(digitsAwaited(board().nextSerial()));
    const collected = await collecting;
    house.metrics.count('throughline_captures_total', { outcome: collected.kind });
    return collected;
  }

  interrupt(epoch: Epoch): void {
    this.#keypad.interrupt(epoch);
  }

  send(digits: string): void {
    if (!isSendable(digits)) {
      throw new ThroughlineError(
        'bad-digits',
        'Only 1 to 32 of the keys 0-9, A-D, * and #, with w and W for pauses, can be sent as tones.',
        { facts: { count: digits.length } },
      );
    }
    this.#options.bridge.playSignal(dtmf(digits));
  }

  /** The call is taken over. Whatever was entered in secret when its owner was lost is not to be taken for anything else. */
  resumes(): void {
    const { journal, house } = this.#options;
    const collects = (agent: string, tool: string) => house.line.agents.get(agent)?.tools.get(tool)?.collects !== undefined;
    const last = journal.bundle.toolCalls.findLast(({ agent, name }) => collects(agent, name));
    if (last !== undefined && last.status !== 'ok') this.#keypad.distrust();
  }

  end(): void {
    this.#keypad.end();
  }
}
