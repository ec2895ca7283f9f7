import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitingTone } from '../../../gateway/audio/waiting-tone.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { answeredCall } from './answered-call.ts';
import { speech } from './call-world.ts';
import { memoryStore } from './faulty-store.ts';

let sqlite: ContextStore;
beforeAll(async () => {
  sqlite = await memoryStore();
});
afterAll(() => sqlite.close());

/** Codes that are loud, and that are not. */
const loud = 5;
const hum = 0xf0;

const world = () => {
  const call = answeredCall(sqlite);
  const { clock, phone } = call;
  /** The caller's line for so long, 20 ms at a time, as loud as `code`. */
  const line = (milliseconds: number, code: number) => {
    for (let at = 0; at < milliseconds; at += 20) {
      phone.brings(speech(20, code));
      clock.advance(20);
      phone.returnsMarks();
    }
  };
  const tones = () => {
    const played = Buffer.from(phone.played);
    let count = 0;
    for (let at = played.indexOf(waitingTone); at >= 0; at = played.indexOf(waitingTone, at + 1)) count += 1;
    return count;
  };
  return { ...call, line, tones };
};

describe('a caller who waits', () => {
  it('hears a soft tone when a new call is not answered in 1.5 s, and again and again', () => {
    const { line, tones } = world();
    line(1_400, hum);
    expect(tones()).toBe(0);
    line(1_400, hum);
    expect(tones()).toBe(1);
  });

  it('hears it when the model thinks for longer than 2.5 s', () => {
    const { greeted, first, callerSpeaks, line, tones } = world();
    greeted();
    callerSpeaks('t');
    line(2_400, hum);
    expect(tones()).toBe(0);
    line(400, hum);
    expect(tones()).toBe(1);
    first.answers('r', speech(400));
    line(1_000, hum);
    expect(tones()).toBe(1);
  });

  it('hears it while a tool runs, after 1.5 s', () => {
    const { greeted, first, callerSpeaks, line, tones } = world();
    greeted();
    callerSpeaks('t');
    first.starts('r');
    first.callsTool('c', 'look');
    first.ends();
    line(1_900, hum);
    expect(tones()).toBe(1);
  });

  it('hears nothing when it is their turn, or while they speak', () => {
    const { greeted, line, tones, first } = world();
    greeted();
    line(10_000, hum);
    first.hearsSpeech('t');
    line(5_000, loud);
    first.commits('t');
    expect(tones()).toBe(0);
  });
});

describe('a session that dies in silence', () => {
  it('is probed while the caller speaks, given up, and the next one hears what nobody noticed', () => {
    const { greeted, first, line, session, sessions } = world();
    greeted();
    line(1_000, hum);
    line(500, loud);
    line(2_200, hum);
    expect(first.probes).toBe(1);
    expect(sessions).toHaveLength(1);
    line(3_000, hum);
    expect(first.endedBy).toBe('abort');
    const second = session(2);
    second.readies();
    expect(second.heard.filter((code) => code === loud).length).toBe(500 * 8);
    expect(second.setup.instructions).not.toMatch(/greet the caller/);
  });

  it('noise is not a death: a model that answers the probe stays', () => {
    const { greeted, first, line, sessions } = world();
    greeted();
    let answered = 0;
    for (let second = 0; second < 30; second += 1) {
      line(1_000, loud);
      if (first.probes > answered) first.lives();
      answered = first.probes;
    }
    expect(sessions).toHaveLength(1);
    expect(answered).toBeGreaterThan(5);
  });

  it('words that were replayed to a session which died before it noticed them are replayed again', () => {
    const { first, line, session } = world();
    line(400, loud);
    first.readies();
    first.breaks();
    line(200, hum);
    const second = session(2);
    second.readies();
    expect(second.heard.filter((code) => code === loud).length).toBe(400 * 8);
  });
});

describe('an agent that does not say anything', () => {
  it('is asked again after an empty response, then replaced', () => {
    const { greeted, first, callerSpeaks, sessions } = world();
    greeted();
    callerSpeaks('t');
    first.starts('r');
    first.ends();
    expect(first.asks).toHaveLength(2);
    first.starts('again');
    first.ends('incomplete');
    expect(sessions).toHaveLength(2);
  });

  it('may call tools eight times in a row, then has to speak', async () => {
    const { greeted, first, callerSpeaks, bench } = world();
    greeted();
    callerSpeaks('t');
    for (let round = 0; round < 8; round += 1) {
      first.starts(`r${round}`);
      first.callsTool(`c${round}`, 'look');
      first.ends();
      await expect.poll(() => bench.runs.length, { interval: 1 }).toBe(round + 1);
      bench.finish(round, {});
      await expect.poll(() => first.asks.length, { interval: 1 }).toBe(2 + round);
    }
    expect(first.asks.slice(-2)).toEqual([{}, { tools: 'none', forceAudio: true }]);
  });

  it('runs nothing more when it calls tools all the same, and is replaced in the end', async () => {
    const { greeted, first, callerSpeaks, bench, sessions } = world();
    greeted();
    callerSpeaks('t');
    for (let round = 0; round < 12; round += 1) {
      first.starts(`r${round}`);
      first.callsTool(`c${round}`, 'look');
      first.ends();
      if (round >= 8) continue;
      await expect.poll(() => bench.runs.length, { interval: 1 }).toBe(round + 1);
      bench.finish(round, {});
      await expect.poll(() => first.asks.length, { interval: 1 }).toBe(2 + round);
    }
    expect(bench.runs).toHaveLength(8);
    expect(first.toolOutputs.at(-1)?.output).toContain('too-many-calls');
    expect([first.endedBy, sessions.length]).toEqual(['abort', 2]);
  });
});

describe('words that are written down late', () => {
  const handsOver = () => {
    const call = world();
    call.greeted();
    call.callerSpeaks('t1');
    call.phone.brings(speech(200, loud));
    call.first.hearsSpeech('late', call.first.heardMs() - 200);
    call.first.commits('late');
    call.first.starts('bridge');
    call.first.speaks({ response: 'bridge', item: 'bridge' }, speech(400, 1));
    call.first.callsTool('t', 'transfer_to_technical', { reason: 'still a 401' });
    call.first.ends();
    return { ...call, second: call.session(2) };
  };
  const userWords = (call: ReturnType<typeof handsOver>) =>
    call.runner.journal.bundle.messages.filter(({ role }) => role === 'user').map(({ content }) => content);

  it('before the specialist is bound: they reach it before its first words', () => {
    const call = handsOver();
    call.first.transcribes('late', 'it still fails');
    call.second.readies();
    expect(JSON.stringify(call.second.added)).toContain('it still fails');
    expect(userWords(call)).toEqual(['words of t1', 'it still fails']);
  });

  it('after it: the old session stays, deaf and mute, until they are there', () => {
    const call = handsOver();
    call.second.readies();
    call.second.answers('mine', speech(20, 2));
    expect(call.runner.state).toMatchObject({ at: 'talking', bound: { agent: 'technical' } });
    expect(call.first.endedBy).toBeUndefined();
    const heardBefore = call.first.heardMs();
    call.line(500, hum);
    expect(call.first.heardMs()).toBe(heardBefore);
    call.first.transcribes('late', 'it still fails');
    expect(call.first.endedBy).toBe('close');
    expect(JSON.stringify(call.second.added)).toContain('it still fails');
    expect(userWords(call)).toEqual(['words of t1', 'it still fails']);
  });

  it('never: after 3 s the old session goes, and the story says that the caller spoke', () => {
    const call = handsOver();
    call.second.readies();
    call.second.answers('mine', speech(20, 2));
    call.line(3_000, hum);
    expect(call.first.endedBy).toBe('close');
    expect(userWords(call)).toEqual(['words of t1', null]);
  });

  it('the end of the call does not wait for them', () => {
    const call = handsOver();
    call.second.readies();
    call.second.answers('mine', speech(20, 2));
    call.phone.hangsUp();
    expect(call.first.endedBy).toBe('close');
  });
});

describe('a rollback', () => {
  it('a handoff that fails while the caller speaks: their words are answered first, not talked over', () => {
    const call = world();
    call.greeted();
    call.asksForHandoff();
    call.line(400, loud);
    call.line(1_000, hum);
    const asked = call.first.asks.length;
    call.line(1_700, hum);
    expect(call.first.toolOutputs).toHaveLength(1);
    expect(call.first.asks).toHaveLength(asked);
    call.first.hearsSpeech('meanwhile', call.first.heardMs() - 1_000);
    call.line(3_000, hum);
    expect(call.first.asks).toHaveLength(asked);
  });
});
