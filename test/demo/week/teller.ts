import { epoch, term, wallTime } from '../../../infra/brand.ts';
import type { ContextEvent, ContextFact } from '../../../store/context/event.ts';
import type { Random } from './random.ts';
import type { WeekTool } from './scenery.ts';

/** Writes down a call that never was, as a gateway would have. */
export class Teller {
  readonly events: ContextEvent[] = [];
  readonly random: Random;
  #at: number;
  #epoch = 0;
  #named = 0;

  /** `startedAt`: wall-clock milliseconds. */
  constructor(startedAt: number, random: Random) {
    this.#at = startedAt;
    this.random = random;
  }

  get at(): number {
    return this.#at;
  }

  /** Of a binding that is asked for. */
  nextEpoch() {
    this.#epoch += 1;
    return epoch(this.#epoch);
  }

  /** A name for a turn, an item or a tool call. */
  name(of: string): string {
    this.#named += 1;
    return `${of}-${this.#named}`;
  }

  wait(ms: number): void {
    this.#at += Math.round(ms);
  }

  /** Something happens now; `at`: or then, where what was said is written down later than it began. */
  tell(fact: ContextFact, at = this.#at): void {
    this.events.push({ ...fact, seq: this.events.length + 1, term: term(1), at: wallTime(at) });
  }

  callerSays(text: string): void {
    this.wait(this.random.between(500, 1_500));
    this.tell({ type: 'caller-said', turn: this.name('turn'), text });
    this.wait(spokenMs(text));
  }

  agentSays(agent: string, text: string): void {
    this.wait(this.random.between(600, 1_400));
    this.#agentSaid(agent, text);
    this.wait(spokenMs(text));
  }

  /** The first words of an agent who is just coming: they begin now. */
  agentBegins(agent: string, text: string): void {
    this.#agentSaid(agent, text);
  }

  uses(agent: string, tool: WeekTool): void {
    const toolCallId = this.name('tool');
    const { name, effect } = tool;
    this.tell({ type: 'tool-called', tool: name, toolCallId, agent, arguments: {}, effect });
    const chance = this.random.unit();
    const isLate = chance < tool.timesOut;
    const status = isLate ? 'timeout' : chance < tool.timesOut + tool.fails ? 'error' : 'ok';
    const durationMs = isLate ? 10_000 : Math.round(tool.typicalMs * Math.exp(0.45 * this.random.normal()));
    this.wait(durationMs);
    const result = status === 'ok' ? { ok: true } : { error: status };
    this.tell({ type: 'tool-returned', tool: name, toolCallId, status, result, durationMs });
  }

  #agentSaid(agent: string, text: string): void {
    const saidMs = spokenMs(text);
    this.tell({ type: 'agent-said', item: this.name('item'), agent, text, heardText: text, saidMs, heardMs: saidMs });
  }
}

/** About how long it takes to say. */
export const spokenMs = (text: string): number => 400 + 65 * text.length;
