import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeSlot, type Slot, type SlotEffect, type SlotInput, stepSlot } from '../../../agents/openai/lifecycle-slot.ts';

const run = (inputs: readonly SlotInput[], from: Slot = freeSlot) => {
  let slot = from;
  const effects: SlotEffect[] = [];
  for (const input of inputs) {
    const step = stepSlot(slot, input);
    slot = step.slot;
    effects.push(...step.effects);
  }
  return {
    slot,
    effects: effects.map((effect) =>
      'mark' in effect ? `create ${effect.mark}` : 'response' in effect ? `cancel ${effect.response}` : `drop ${effect.why}`,
    ),
  };
};

const ask: SlotInput = { type: 'response-asked', options: {} };
const cancel: SlotInput = { type: 'cancel-asked' };
const committed: SlotInput = { type: 'turn-committed' };
const check: SlotInput = { type: 'slot-checked' };
const created = (response: string, mark?: string): SlotInput => ({ type: 'response-created', response, mark });
const done = (response: string, failure?: string): SlotInput => ({
  type: 'response-done',
  response,
  mark: undefined,
  failure,
});
const refused = (mark: string, code = 'conversation_already_has_active_response'): SlotInput => ({
  type: 'create-refused',
  mark,
  code,
});
const deadline = (mark: string): SlotInput => ({ type: 'deadline-passed', mark });

describe('the response slot', () => {
  it.each<[string, SlotInput[], string[]]>([
    ['sends at once when free', [ask], ['create ask-1']],
    ['sends one at a time', [ask, ask, created('a', 'ask-1'), ask], ['create ask-1']],
    [
      'sends the next when the first is done',
      [ask, created('a', 'ask-1'), ask, done('a'), check],
      ['create ask-1', 'create ask-2'],
    ],
    ['waits for a response of the VAD', [created('v'), ask, done('v'), check], ['create ask-1']],
    ['does not send before the listeners had their say', [created('v'), ask, done('v')], []],
    ['is not freed by the end of another', [created('v'), ask, done('other'), check], []],
    [
      'is overtaken by the VAD and refused: sends again',
      [ask, created('v'), refused('ask-1'), done('v'), check],
      ['create ask-1', 'create ask-2'],
    ],
    [
      'is overtaken by the VAD and started later',
      [ask, committed, created('v'), done('v'), check, created('a', 'ask-1'), done('a'), check],
      ['create ask-1'],
    ],
    [
      'is refused for a response that was never seen',
      [ask, refused('ask-1'), check, done('ghost'), check],
      ['create ask-1', 'create ask-2'],
    ],
    [
      'is refused and nothing ever ends: deadline',
      [ask, refused('ask-1'), deadline('ask-1')],
      ['create ask-1', 'create ask-2'],
    ],
    [
      'is lost: once more, then dropped',
      [ask, deadline('ask-1'), deadline('ask-2')],
      ['create ask-1', 'create ask-2', 'drop unanswered'],
    ],
    ['ignores an old deadline', [ask, created('a', 'ask-1'), deadline('ask-1')], ['create ask-1']],
    ['is refused for good', [ask, refused('ask-1', 'invalid_value'), check], ['create ask-1', 'drop refused']],
    [
      'comes to life late and stands for its copy',
      [ask, deadline('ask-1'), created('a', 'ask-1'), refused('ask-2'), done('a'), check],
      ['create ask-1', 'create ask-2'],
    ],
    [
      'fails: once more',
      [
        ask,
        created('a', 'ask-1'),
        done('a', 'server_error'),
        check,
        created('b', 'ask-2'),
        done('b', 'server_error'),
        check,
      ],
      ['create ask-1', 'create ask-2'],
    ],
    [
      'fails for want of quota: not again',
      [ask, created('a', 'ask-1'), done('a', 'rate_limit_exceeded'), check],
      ['create ask-1'],
    ],
    ['fails unasked: not again', [created('v'), done('v', 'server_error'), check], []],
    [
      'fails and was cancelled: not again',
      [ask, created('a', 'ask-1'), cancel, done('a', 'server_error'), check],
      ['create ask-1', 'cancel a'],
    ],
    ['cancels what runs, once, and forgets what waits', [created('v'), ask, cancel, cancel, done('v'), check], ['cancel v']],
    ['has nothing to cancel when free', [cancel], []],
    ['cancels a create under way when it starts', [ask, cancel, created('a', 'ask-1')], ['create ask-1', 'cancel a']],
    [
      'asks anew after a cancel',
      [ask, cancel, ask, created('a', 'ask-1'), done('a'), check],
      ['create ask-1', 'cancel a', 'create ask-2'],
    ],
    [
      'does not send a cancelled create again',
      [ask, committed, cancel, created('v'), refused('ask-1'), done('v'), check],
      ['create ask-1'],
    ],
  ])('%s', (_, inputs, effects) => expect(run(inputs).effects).toEqual(effects));

  it('changes the wish that waits', () => {
    const wish = (addition: string): SlotInput => ({ type: 'response-asked', options: { addition } });
    const { slot } = run([created('v'), wish('one'), wish('two'), done('v'), check]);
    expect(slot.sent?.wish.options).toEqual({ addition: 'two' });
    expect(slot.waiting).toBeUndefined();
  });

  it.each<[string, SlotInput[], boolean]>([
    ['ours by its mark', [ask, committed, created('a', 'ask-1')], true],
    ['not ours when nothing was asked', [created('a')], false],
    ['ours without a mark from a server that echoes none', [ask, created('a')], true],
    ['not ours when the VAD owes one', [ask, committed, created('a')], false],
    ['not ours from a server that echoes', [ask, created('a', 'ask-1'), done('a'), check, ask, created('b')], false],
    ['told twice', [ask, created('a', 'ask-1'), created('a', 'ask-1')], true],
  ])('%s', (_, inputs, ours) => expect(run(inputs).slot.running?.wish !== undefined).toBe(ours));

  const marks = fc.constantFrom('ask-1', 'ask-2', 'ask-3', undefined);
  const names = fc.constantFrom('a', 'b', 'c');
  const codes = fc.constantFrom('conversation_already_has_active_response', 'server_error', 'invalid_value');
  const anyInput: fc.Arbitrary<SlotInput> = fc.oneof(
    fc.constantFrom(ask, cancel, committed, check),
    fc.record({ type: fc.constant('response-created' as const), response: names, mark: marks }),
    fc.record({
      type: fc.constant('response-done' as const),
      response: names,
      mark: marks,
      failure: fc.constantFrom('server_error', undefined),
    }),
    fc.record({
      type: fc.constant('create-refused' as const),
      mark: fc.constantFrom('ask-1', 'ask-2', 'ask-3'),
      code: codes,
    }),
    fc.record({ type: fc.constant('deadline-passed' as const), mark: fc.constantFrom('ask-1', 'ask-2', 'ask-3') }),
  );

  it('never has two creates in flight, nor one beside a running response, whatever the server sends', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 40 }), (inputs) => {
        let slot = freeSlot;
        for (const input of inputs) {
          const before = slot;
          const step = stepSlot(slot, input);
          slot = step.slot;
          const creates = step.effects.filter((effect) => effect.type === 'send-create');
          expect(creates.length).toBeLessThanOrEqual(1);
          if (creates.length === 0) continue;
          expect(slot.running).toBeUndefined();
          expect(slot.sent?.mark).toBe(creates[0]?.mark);
          const answered = 'mark' in input && input.mark === before.sent?.mark;
          expect(before.sent === undefined || answered || before.sent.refused).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('gets every wish answered by a strict server, however the messages cross', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('ask', 'vad', 'up', 'down', 'end'), { maxLength: 60 }),
        fc.boolean(),
        (moves, echoes) => {
          const world = new World(echoes);
          for (const move of moves) world[move]();
          world.settle();
          expect(world.slot.waiting).toBeUndefined();
          expect(world.slot.sent).toBeUndefined();
          expect(world.slot.running).toBeUndefined();
          if (echoes) expect(world.lastAskAnswered).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

/** A server with one response at a time, behind a line on which messages take their time both ways. */
class World {
  slot: Slot = freeSlot;
  lastAskAnswered = true;
  readonly #echoes: boolean;
  readonly #up: string[] = [];
  readonly #down: SlotInput[] = [];
  #active: { readonly id: string; readonly mark: string | undefined } | undefined;
  #serial = 0;

  constructor(echoes: boolean) {
    this.#echoes = echoes;
  }

  ask(): void {
    this.lastAskAnswered = false;
    this.#step(ask);
  }

  vad(): void {
    this.#down.push(committed);
    if (this.#active === undefined) this.#begin(undefined);
  }

  up(): void {
    const mark = this.#up.shift();
    if (mark === undefined) return;
    if (this.#active === undefined) this.#begin(mark);
    else this.#down.push(refused(mark));
  }

  down(): void {
    const input = this.#down.shift();
    if (input === undefined) return;
    if (input.type === 'response-created' && input.mark !== undefined) this.lastAskAnswered = true;
    this.#step(input);
    if (input.type === 'response-done') this.#step(check);
  }

  end(): void {
    if (this.#active === undefined) return;
    this.#down.push(done(this.#active.id));
    this.#active = undefined;
  }

  settle(): void {
    for (let turn = 0; turn < 200; turn += 1) {
      this.up();
      this.end();
      this.down();
    }
    if (this.slot.sent !== undefined) this.#step(deadline(this.slot.sent.mark));
    for (let turn = 0; turn < 200; turn += 1) {
      this.up();
      this.end();
      this.down();
    }
  }

  #begin(mark: string | undefined): void {
    this.#serial += 1;
    this.#active = { id: `r${this.#serial}`, mark };
    this.#down.push(created(this.#active.id, this.#echoes ? mark : undefined));
  }

  #step(input: SlotInput): void {
    const { slot, effects } = stepSlot(this.slot, input);
    this.slot = slot;
    for (const effect of effects) if (effect.type === 'send-create') this.#up.push(effect.mark);
  }
}
