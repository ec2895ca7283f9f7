import type { ClipName } from '../voices/clips.ts';
import { type Refusal, type ResponseRequest, refusal } from './client-events.ts';
import type { Item, WireItem } from './conversation.ts';
import type { SessionCore } from './core.ts';
import type { Step } from './persona.ts';
import type { ResponseRecord } from './record.ts';
import { RunningResponse, type Stage } from './response.ts';
import { fitted, sceneOf } from './scene.ts';
import { usageOf } from './usage.ts';

/** The voice of a session: asks the persona what to do, and runs at most one response in the conversation at a time. */
export class Answering {
  readonly #core: SessionCore;
  readonly #running = new Map<string, RunningResponse>();
  readonly #answered = new Set<string>();
  readonly #said: ClipName[] = [];
  #active: RunningResponse | undefined;

  constructor(core: SessionCore) {
    this.#core = core;
  }

  /** Whether a response is being made in the conversation. */
  get busy(): boolean {
    return this.#active !== undefined;
  }

  /** The caller speaks: cuts the response off. */
  interrupt(): void {
    this.#active?.cancel('turn_detected');
  }

  create(request: ResponseRequest | undefined): Refusal | undefined {
    if (request?.conversation !== 'none' && this.#active !== undefined) {
      const message = `Conversation already has an active response in progress: ${this.#active.record.id}.`;
      return refusal('conversation_already_has_active_response', message);
    }
    this.respond(request, true);
    return undefined;
  }

  /** Makes a response; `asked`: the client wants it, else the end of a turn does. */
  respond(request: ResponseRequest | undefined, asked: boolean): void {
    if (this.#core.world.faults.take('no-response', this.#core.record.persona) !== undefined) return;
    const outOfBand = request?.conversation === 'none';
    const record: ResponseRecord = {
      id: this.#core.world.newId('resp'),
      asked,
      outOfBand,
      startedAt: this.#core.world.clock.now(),
      words: '',
      toolCalls: [],
      generatedMs: 0,
      firstAudioAt: undefined,
      endedAt: undefined,
      usage: undefined,
      status: 'in_progress',
    };
    this.#core.record.responses.push(record);
    const steps = this.#plan(request);
    const fresh = this.#core.conversation.items.map((item) => item.wire.id).filter((id) => !this.#answered.has(id));
    if (!outOfBand) for (const id of fresh) this.#answered.add(id);
    const running = new RunningResponse(this.#stage(request, fresh), record);
    this.#running.set(record.id, running);
    if (!outOfBand) this.#active = running;
    running.start(steps);
  }

  /** What the persona does, within what the request allows. */
  #plan(request: ResponseRequest | undefined): Step[] {
    const { record } = this.#core;
    const source = { items: this.#core.conversation.items, answered: this.#answered, said: this.#said, record };
    const steps = this.#core.persona?.respond(sceneOf(source, request)) ?? [];
    const silent = (request?.tool_choice ?? this.#core.config.tool_choice) === 'none';
    return steps.filter((step) => step.do !== 'call' || !silent).map((step) => fitted(step, record.tools));
  }

  #stage(request: ResponseRequest | undefined, fresh: readonly string[]): Stage {
    const { clock, pace, faults, newId } = this.#core.world;
    const outOfBand = request?.conversation === 'none';
    const outside = (wire: WireItem): Item => ({ wire, madeBy: 'server', generatedMs: 0 });
    return {
      clock,
      pace,
      faults,
      newId,
      persona: this.#core.record.persona,
      format: request?.audio?.output?.format?.type ?? this.#core.config.audio.output.format.type,
      textOnly: (request?.output_modalities ?? this.#core.config.output_modalities)[0] === 'text',
      send: (event) => this.#core.send(event),
      enter: (wire) => (outOfBand ? outside(wire) : this.#enter(wire)),
      complete: (item) => {
        if (!outOfBand) this.#complete(item);
      },
      said: (name) => this.#said.push(name),
      describe: (record, output, details) => this.#describe(record, { output, details, request }),
      drop: () => this.#core.drop(),
      mute: () => this.#core.mute(),
      ended: (record) => this.#ended(record, fresh),
      told: ({ usage }) => {
        if (usage !== undefined) this.#core.record.usages.push(usage);
      },
    };
  }

  #enter(wire: WireItem): Item {
    const previous = this.#core.conversation.append(wire, 'server');
    this.#core.send({ type: 'conversation.item.added', previous_item_id: previous, item: structuredClone(wire) });
    return this.#core.conversation.items.at(-1) ?? { wire, madeBy: 'server', generatedMs: 0 };
  }

  #complete(item: Item): void {
    const at = this.#core.conversation.items.indexOf(item);
    const previous = this.#core.conversation.items[at - 1]?.wire.id ?? null;
    this.#core.send({ type: 'conversation.item.done', previous_item_id: previous, item: structuredClone(item.wire) });
  }

  #describe(
    record: ResponseRecord,
    {
      output,
      details,
      request,
    }: { output: readonly WireItem[]; details: object | null; request: ResponseRequest | undefined },
  ): object {
    const { format, voice } = this.#core.config.audio.output;
    if (record.status !== 'in_progress') record.usage = usageOf(this.#core.record, this.#core.conversation.items, record);
    return {
      object: 'realtime.response',
      id: record.id,
      status: record.status,
      status_details: details,
      output,
      conversation_id: record.outOfBand ? null : `conv_${this.#core.record.id}`,
      output_modalities: request?.output_modalities ?? this.#core.config.output_modalities,
      max_output_tokens: this.#core.config.max_output_tokens,
      audio: { output: { format, voice } },
      usage: record.usage ?? null,
      metadata: request?.metadata ?? null,
    };
  }

  #ended(record: ResponseRecord, fresh: readonly string[]): void {
    this.#running.delete(record.id);
    if (this.#active?.record === record) this.#active = undefined;
    const saidNothing = record.words === '' && record.toolCalls.length === 0;
    if (record.status !== 'completed' && saidNothing) for (const id of fresh) this.#answered.delete(id);
  }

  cancel(id: string | undefined): Refusal | undefined {
    const running = id === undefined ? this.#active : this.#running.get(id);
    if (running === undefined)
      return refusal('response_cancel_not_active', 'Cancellation failed: no active response found.');
    running.cancel('client_cancelled');
    return undefined;
  }

  abandonAll(): void {
    for (const running of this.#running.values()) running.abandon();
    this.#running.clear();
    this.#active = undefined;
  }
}
