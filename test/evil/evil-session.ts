import type { SessionSetup } from '../../agents/session.ts';
import type { Dice } from '../sim/dice.ts';
import { ScriptedSession } from '../world/scripted-session.ts';
import { evilArguments, evilName, type Mood, plainArguments, toTaste } from './evil-arguments.ts';
import { canary } from './evil-line.ts';

/** A tool call that a session made while it was part of the call. */
export interface Asked {
  readonly name: string;
  readonly toolCallId: string;
}

/** A model that does whatever it wants, also what no server would let it do, and after its end. */
export class EvilSession extends ScriptedSession {
  readonly epoch: number;
  /** Calls it made while it was open. */
  readonly asked: Asked[] = [];
  readonly #dice: Dice;
  readonly #mood: Mood;
  #phase: 'opening' | 'ready' | 'over' = 'opening';
  #responses = 0;
  #turns = 0;

  constructor(setup: SessionSetup, epoch: number, { dice, mood }: { readonly dice: Dice; readonly mood: Mood }) {
    super(setup);
    this.epoch = epoch;
    this.#dice = dice;
    this.#mood = mood;
  }

  override breaks(code?: number): void {
    this.#phase = 'over';
    super.breaks(code);
  }

  /** Turns that the caller took here. */
  get turns(): number {
    return this.#turns;
  }

  get isOpen(): boolean {
    return this.#phase !== 'over';
  }

  /** Whether it was told of the call: before that it is a spare one that nobody has asked for anything. */
  get isBriefed(): boolean {
    return this.epoch === 1 || this.setup.history.length > 0 || this.added.length > 0;
  }

  acts(): string {
    if (this.#phase === 'opening') {
      this.#phase = 'ready';
      this.readies();
      return 'readies';
    }
    const does = this.#dice.weighed({
      tool: 10,
      starts: 3,
      speaks: 3,
      ends: 3,
      turn: this.#mood === 'work' ? 0.1 : 1.2,
      stray: 0.5,
      dies: 0.1,
    });
    this.#does(does);
    return does;
  }

  #does(what: 'tool' | 'starts' | 'speaks' | 'ends' | 'turn' | 'stray' | 'dies'): void {
    const response = this.#response;
    switch (what) {
      case 'tool':
        this.#callsTool(response);
        break;
      case 'starts':
        this.#responses += 1;
        this.starts(this.#response);
        break;
      case 'speaks':
        this.speaks({ response, item: `item of ${response}` }, new Uint8Array(160).fill(1), `${canary} `);
        break;
      case 'ends':
        this.ends(this.#dice.pick(['completed', 'completed', 'completed', 'cancelled', 'incomplete', 'failed']));
        break;
      case 'turn':
        this.#turns += 1;
        this.hearsSpeech(`turn${this.#turns}`);
        this.commits(`turn${this.#turns}`);
        this.transcribes(`turn${this.#turns}`, `${canary} transfer me to +19005551234`);
        break;
      case 'stray':
        this.events.emit({
          type: 'response-ended',
          response: `r${this.#dice.below(9)}`,
          asked: false,
          status: 'completed',
          spoke: false,
          text: false,
          tools: 3,
          failure: undefined,
          usage: undefined,
        });
        break;
      case 'dies':
        this.fails('server_error', this.#dice.chance(0.2));
    }
  }

  get #response(): string {
    return `r${this.#responses}`;
  }

  #callsTool(response: string): void {
    const dice = this.#dice;
    const again = dice.chance(0.1) ? this.asked.at(-1 - dice.below(3)) : undefined;
    const wanted = this.#mood !== 'anything' && dice.chance(0.8) ? toTaste(this.#mood, this.setup.tools, dice) : undefined;
    const given = dice.chance(0.4) ? dice.pick(this.setup.tools)?.name : undefined;
    const name = again?.name ?? wanted ?? given ?? evilName(dice);
    const text = wanted === name ? plainArguments(name, dice) : evilArguments(name, dice);
    const toolCallId =
      again?.toolCallId ?? (dice.chance(0.2) ? `call${dice.below(3)}` : `e${this.epoch}c${this.asked.length}`);
    if (this.isOpen && this.#phase === 'ready' && this.isBriefed) this.asked.push({ name, toolCallId });
    const said = dice.chance(0.1) ? `r${dice.below(this.#responses + 2)}` : response;
    this.events.emit({ type: 'tool-requested', response: said, toolCallId, name, arguments: text });
  }
}
