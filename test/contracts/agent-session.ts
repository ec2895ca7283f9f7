import { describe, expect, it } from 'vitest';
import type { AgentSession, SessionEvent, SessionSetup } from '../../agents/session.ts';
import type { TokenUsage, TranscriptionUsage } from '../../store/context/usage.ts';

/** The model's side of one session, as a suite can drive it. Each method returns when the session has had the chance to react. */
export interface ModelHand {
  /** Accepts the set-up. */
  accepts(): Promise<void>;
  /** Refuses the set-up. */
  refuses(): Promise<void>;
  /** Starts a response: to our oldest unanswered `ask`, or by itself. */
  starts(response: string): Promise<void>;
  /** Generates audio and some text of an item. */
  speaks(response: string, item: string, audioMs: number): Promise<void>;
  /** Announces a complete tool call, as often as the model likes to. */
  callsTool(response: string, toolCallId: string): Promise<void>;
  /** `usage`: what it says that the response used. */
  ends(response: string, status: 'completed' | 'cancelled', usage?: TokenUsage): Promise<void>;
  /** Writes the caller's words down. */
  transcribes(turn: string, text: string, usage?: TranscriptionUsage): Promise<void>;
  /** The connection breaks. */
  breaks(): Promise<void>;
  /** What reached the model. */
  readonly heardMs: number;
  readonly asks: number;
  readonly truncations: readonly { readonly item: string; readonly audioEndMs: number }[];
  readonly toolOutputs: readonly { readonly toolCallId: string; readonly output: string }[];
}

export interface SessionBench {
  open(setup: SessionSetup): { readonly session: AgentSession; readonly model: ModelHand };
  /** Lets everything under way happen. */
  settle(): Promise<void>;
}

export const plainSetup: SessionSetup = {
  agent: 'support',
  voice: 'marin',
  instructions: 'Help.',
  tools: [{ name: 'look', description: 'looks', parameters: { type: 'object', properties: {} } }],
  history: [],
  turnTaking: { createResponse: true, interruptResponse: true },
};

/** What every AgentSession does. */
export const agentSessionContract = (name: string, start: () => SessionBench): void => {
  const opened = () => {
    const bench = start();
    const { session, model } = bench.open(plainSetup);
    const events: SessionEvent[] = [];
    const audio = { bytes: 0 };
    session.events.listen((event) => events.push(event));
    session.onAudio((bytes) => {
      audio.bytes += bytes.byteLength;
    });
    const types = () => events.map(({ type }) => type);
    const perMs = session.format === 'pcm' ? 48 : 8;
    return { ...bench, session, model, events, types, audio, perMs };
  };

  const ready = async () => {
    const world = opened();
    await world.model.accepts();
    return world;
  };

  describe(`AgentSession: ${name}`, () => {
    it('says that it is ready, once and first', async () => {
      const { types } = await ready();
      expect(types()).toEqual(['session-ready']);
    });

    it('hears nothing before it is ready, and counts what it hears afterwards', async () => {
      const { session, model, perMs, settle } = opened();
      session.hear(new Uint8Array(20 * perMs));
      await model.accepts();
      expect(session.heardMs()).toBe(0);
      session.hear(new Uint8Array(20 * perMs));
      session.hear(new Uint8Array(5 * perMs));
      await settle();
      expect(session.heardMs()).toBe(25);
      expect(model.heardMs).toBe(25);
    });

    it('answers an ask: begins, speaks, ends the item, ends', async () => {
      const { session, model, events, audio, perMs, settle } = await ready();
      session.ask();
      await settle();
      expect(model.asks).toBe(1);
      await model.starts('r');
      await model.speaks('r', 'i', 100);
      await model.ends('r', 'completed');
      const spoken = events.filter(({ type }) => type !== 'agent-text').slice(1);
      expect(spoken).toMatchObject([
        { type: 'response-started', response: 'r', asked: true },
        { type: 'agent-item-ended', response: 'r', item: 'i', generatedMs: 100 },
        { type: 'response-ended', response: 'r', asked: true, status: 'completed', spoke: true, text: false, tools: 0 },
      ]);
      expect(audio.bytes).toBe(100 * perMs);
    });

    it('asks once while a response runs, after its end', async () => {
      const { session, model, settle } = await ready();
      session.ask();
      await settle();
      await model.starts('r');
      session.ask();
      session.ask();
      await settle();
      expect(model.asks).toBe(1);
      await model.ends('r', 'completed');
      expect(model.asks).toBe(2);
    });

    it('requests a tool once, and gives its output', async () => {
      const { session, model, events, settle } = await ready();
      await model.starts('r');
      await model.callsTool('r', 'c');
      await model.ends('r', 'completed');
      expect(events.filter(({ type }) => type === 'tool-requested')).toMatchObject([{ toolCallId: 'c', name: 'look' }]);
      expect(events.at(-1)).toMatchObject({ type: 'response-ended', asked: false, tools: 1 });
      session.answerTool('c', 'seen');
      await settle();
      expect(model.toolOutputs).toEqual([{ toolCallId: 'c', output: 'seen' }]);
    });

    it('tells what a response used, also a cancelled one, and what words took; unknown when it was not told', async () => {
      const { session, model, events } = await ready();
      const used = { textIn: 40, textCached: 64, audioIn: 9, audioCached: 3, imageIn: 0, textOut: 5, audioOut: 20 };
      await model.starts('r');
      await model.speaks('r', 'i', 40);
      await model.ends('r', 'completed', used);
      await model.starts('cut');
      session.cancel();
      await model.ends('cut', 'cancelled', { ...used, audioOut: 1 });
      await model.starts('silent');
      await model.ends('silent', 'completed');
      await model.transcribes('t', 'Hello.', { seconds: 3, tokensIn: 0, tokensOut: 0 });
      await model.transcribes('u', 'Hello?');
      const told = events.flatMap((event) =>
        event.type === 'response-ended' || event.type === 'turn-transcribed' ? [event.usage] : [],
      );
      expect(told).toEqual([
        used,
        { ...used, audioOut: 1 },
        undefined,
        { seconds: 3, tokensIn: 0, tokensOut: 0 },
        undefined,
      ]);
    });

    it('lets nothing be heard of a response that was cancelled', async () => {
      const { session, model, events, audio, perMs } = await ready();
      await model.starts('r');
      await model.speaks('r', 'i', 40);
      session.cancel();
      await model.speaks('r', 'i', 40);
      await model.ends('r', 'cancelled');
      expect(audio.bytes).toBe(40 * perMs);
      expect(events.at(-1)).toMatchObject({ type: 'response-ended', status: 'cancelled' });
    });

    it('truncates at whole milliseconds, never beyond what was generated, never what was heard to its end', async () => {
      const { session, model, settle } = await ready();
      await model.starts('r');
      await model.speaks('r', 'one', 100);
      await model.speaks('r', 'two', 100);
      session.truncate('two', 250);
      await model.ends('r', 'completed');
      session.truncate('one', 100);
      session.truncate('one', 60.7);
      session.truncate('unknown', 5);
      await settle();
      expect(model.truncations).toEqual([
        { item: 'two', audioEndMs: 100 },
        { item: 'one', audioEndMs: 60 },
      ]);
    });

    it('says why it did not come up', async () => {
      const { model, types, settle } = opened();
      await model.refuses();
      await settle();
      expect(types()).toEqual(['session-failed', 'session-closed']);
    });

    it.each(['close', 'abort', 'break'] as const)('ends once on %s, and is harmless afterwards', async (way) => {
      const { session, model, types, settle, audio } = await ready();
      await model.starts('r');
      if (way === 'break') await model.breaks();
      else session[way]();
      await settle();
      expect(types().at(-1)).toBe('session-closed');
      const before = types();
      session.hear(new Uint8Array(960));
      session.ask();
      session.cancel();
      session.truncate('i', 0);
      session.answerTool('c', '');
      session.setTurnTaking({ createResponse: false, interruptResponse: false });
      session.close();
      session.abort();
      await model.speaks('r', 'i', 20);
      await settle();
      expect(types()).toEqual(before);
      expect(types().filter((type) => type === 'session-closed')).toHaveLength(1);
      expect(audio.bytes).toBe(0);
    });
  });
};
