import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AudioFormat } from '../../../agents/session.ts';
import { MediaBridge } from '../../../gateway/call/bridge.ts';
import type { Seat } from '../../../gateway/call/ear.ts';
import type { Heard } from '../../../gateway/call/playback.ts';
import { epoch } from '../../../infra/brand.ts';
import { plainSetup } from '../../contracts/agent-session.ts';
import { FakeClock } from '../../world/clock.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { ScriptedSession } from '../../world/scripted-session.ts';

const frameBytes = 160;

/** A bridge over a scripted phone, and seats with sessions that are ready. */
const bridgeWorld = () => {
  const clock = new FakeClock();
  const phone = new ScriptedPhone();
  const heard: (Heard & { readonly epoch: number })[] = [];
  const bridge = new MediaBridge({
    phone,
    clock,
    onTalkedOver: () => {},
    onCallerHeard: () => {},
    onSettled: () => {},
    appendBytes: () => 160,
    onHeard: (of, what) => heard.push({ ...what, epoch: of }),
  });
  /** All that the caller's line brought; no two stretches of it are alike. */
  const line: number[] = [];
  const frames = (count: number) => {
    for (let frame = 0; frame < count; frame++) {
      const bytes = Array.from({ length: frameBytes }, (_, index) => byteAt(line.length + index));
      line.push(...bytes);
      phone.brings(Uint8Array.from(bytes));
    }
  };
  const seat = (number: number, format: AudioFormat = 'pcmu') => {
    const session = new ScriptedSession(plainSetup, format);
    session.readies();
    return { epoch: epoch(number), agent: `agent-${number}`, session } satisfies Seat;
  };
  const bound = (number: number, format: AudioFormat = 'pcmu') => {
    const one = seat(number, format);
    bridge.bind(one);
    bridge.route(one);
    return one;
  };
  return { clock, phone, heard, bridge, line, frames, seat, bound };
};

const byteAt = (position: number): number => (Math.imul(position + 1, 2_654_435_761) >>> 15) & 0xff;

const speech = (frames: number, code = 1) => new Uint8Array(frames * frameBytes).fill(code);
const of = (bytes: Uint8Array, item = 'i', response = 'r') => ({ bytes, item, response });

describe('who hears the caller', () => {
  it('a line is as silent as it brings nothing, whatever stands in for it', () => {
    const { bridge, clock, phone, frames, bound } = bridgeWorld();
    const { session } = bound(1);
    clock.advance(300);
    frames(1);
    expect(bridge.silentLineMs).toBe(0);
    clock.advance(800);
    phone.brings(new Uint8Array(800).fill(0xff), true);
    expect(bridge.silentLineMs).toBe(800);
    expect(session.heard.length).toBe(frameBytes + 800);
  });

  it('the bound session does, and only while it is routed', () => {
    const { bridge, frames, line, bound, seat } = bridgeWorld();
    const one = bound(1);
    const other = seat(2);
    frames(3);
    expect(one.session.heard).toEqual(line);
    bridge.keep('open-utterance');
    frames(2);
    expect(one.session.heard).toHaveLength(3 * frameBytes);
    bridge.route(other);
    frames(1);
    expect(one.session.heard).toHaveLength(3 * frameBytes);
    expect(other.session.heard).toEqual(line.slice(3 * frameBytes));
  });

  it('a first session hears all since the beginning', () => {
    const { bridge, frames, line, seat } = bridgeWorld();
    const one = seat(1);
    expect(bridge.keep('unanswered')).toBe(false);
    frames(4);
    bridge.route(one);
    frames(2);
    expect(one.session.heard).toEqual(line);
  });

  it('replays in pieces of 100 ms at most', () => {
    const { bridge, frames, seat } = bridgeWorld();
    const one = seat(1);
    frames(13);
    bridge.route(one);
    expect(one.session.pieces).toEqual([800, 800, 480]);
  });

  it('gives PCM at 24 kHz: six bytes for each of mu-law', () => {
    const { frames, bound } = bridgeWorld();
    const one = bound(1, 'pcm');
    frames(5);
    expect(one.session.heardMs()).toBe(100);
    expect(one.session.pieces).toEqual([960, 960, 960, 960, 960]);
  });
});

describe('words that are kept for the next session', () => {
  // 4 frames, then speech from 40 ms on; the next session must hear from byte 320 on, or from the keep at byte 640.
  it.each([
    ['an open utterance, for a handoff', 'open-utterance', ['start'], 320, true],
    ['an open utterance, for a lost session', 'unanswered', ['start'], 320, true],
    ['an unanswered turn, for a lost session', 'unanswered', ['start', 'commit'], 320, true],
    ['an unanswered turn, for a handoff that it asked for', 'open-utterance', ['start', 'commit'], 640, false],
    ['an answered turn, for a lost session', 'unanswered', ['start', 'commit', 'answer'], 640, false],
    ['silence', 'unanswered', [], 640, false],
    // biome-ignore lint/complexity/useMaxParams: a row of the table
  ] as const)('%s', (_name, from, story, start, waits) => {
    const { bridge, frames, line, bound, seat } = bridgeWorld();
    const one = bound(1);
    const next = seat(2);
    frames(4);
    for (const step of story) {
      if (step === 'start') bridge.utteranceStarted(one.epoch, 40);
      if (step === 'commit') bridge.utteranceCommitted(one.epoch);
      if (step === 'answer') bridge.agentAudio(one.epoch, of(speech(1)));
    }
    expect(bridge.keep(from)).toBe(waits);
    frames(2);
    bridge.route(next);
    frames(1);
    expect(next.session.heard).toEqual(line.slice(start));
  });

  it('survive a session that dies before it is routed', () => {
    const { bridge, frames, line, bound, seat } = bridgeWorld();
    const one = bound(1);
    frames(2);
    bridge.utteranceStarted(one.epoch, 20);
    bridge.keep('unanswered');
    frames(2);
    expect(bridge.keep('unanswered')).toBe(true); // the second session failed
    frames(2);
    const third = seat(3);
    bridge.route(third);
    expect(third.session.heard).toEqual(line.slice(frameBytes));
  });

  it('survive a session that dies after it got them and before it answered', () => {
    const { bridge, frames, line, bound, seat } = bridgeWorld();
    const one = bound(1);
    frames(2);
    bridge.utteranceStarted(one.epoch, 20);
    bridge.utteranceCommitted(one.epoch);
    bridge.keep('unanswered');
    const second = seat(2);
    bridge.bind(second);
    bridge.route(second);
    frames(1);
    expect(bridge.keep('unanswered')).toBe(true);
    const third = seat(3);
    bridge.route(third);
    expect(third.session.heard).toEqual(line.slice(frameBytes));
  });

  it('are told by the right clock: a replayed utterance is where it was on the line', () => {
    const { bridge, frames, line, bound, seat } = bridgeWorld();
    const one = bound(1);
    frames(10);
    bridge.utteranceStarted(one.epoch, 160);
    bridge.keep('unanswered');
    const second = seat(2);
    bridge.route(second); // hears from 160 ms on: its 20 ms are 180 ms on the line
    bridge.utteranceStarted(second.epoch, 20);
    bridge.agentAudio(one.epoch, of(speech(1)));
    bridge.bind(second);
    bridge.agentAudio(second.epoch, of(speech(1))); // an answer to what was before
    bridge.keep('open-utterance');
    const third = seat(3);
    bridge.route(third);
    expect(third.session.heard).toEqual(line.slice(9 * frameBytes));
  });

  it('are not about what another session heard', () => {
    const { bridge, frames, bound } = bridgeWorld();
    bound(1);
    frames(2);
    expect(bridge.utteranceStarted(epoch(9), 0)).toBe(false);
    bridge.utteranceCommitted(epoch(9));
    expect(bridge.keep('unanswered')).toBe(false);
  });

  it('do not count as a barge-in when they were replayed; words after the bind do', () => {
    const { bridge, frames, seat } = bridgeWorld();
    const one = seat(1);
    frames(100);
    bridge.bind(one);
    bridge.route(one);
    expect(bridge.utteranceStarted(one.epoch, 1_000)).toBe(false);
    expect(bridge.utteranceStarted(one.epoch, 1_499)).toBe(false);
    // A start is dated back by up to half a second.
    expect(bridge.utteranceStarted(one.epoch, 1_500)).toBe(true);
  });

  it('any story: what the sessions that kept the caller heard is the line, without a hole, and double only from an open utterance on', () => {
    const round = fc.record({
      before: fc.nat(6),
      /** Frames back from the keep at which an utterance began that is still open; undefined: none. */
      open: fc.option(fc.nat(4), { nil: undefined }),
      unheard: fc.nat(6),
      heardByNext: fc.nat(6),
      outcome: fc.constantFrom('bound', 'rolled-back', 'failed-before', 'failed-after'),
    });
    fc.assert(
      // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one story, told in order
      fc.property(fc.array(round, { minLength: 1, maxLength: 8 }), (rounds) => {
        const { bridge, frames, line, bound, seat } = bridgeWorld();
        let current = bound(1);
        let from = 0;
        let number = 1;
        for (const { before, open, unheard, heardByNext, outcome } of rounds) {
          frames(before);
          const start = open === undefined ? undefined : Math.max(from, line.length - open * frameBytes);
          if (start !== undefined) bridge.utteranceStarted(current.epoch, (start - from) / 8);
          const end = line.length;
          bridge.keep('open-utterance');
          frames(unheard);
          number += 1;
          const next = seat(number);
          if (outcome !== 'failed-before') bridge.route(next);
          frames(outcome === 'failed-before' ? 0 : heardByNext);
          const expected = start ?? end;
          if (outcome !== 'failed-before') expect(next.session.heard).toEqual(line.slice(expected));
          if (outcome === 'bound') {
            expect(current.session.heard).toEqual(line.slice(from, end));
            bridge.bind(next);
            bridge.agentAudio(next.epoch, of(speech(1), `i${number}`, `r${number}`));
            current = next;
            from = expected;
          } else {
            bridge.route(current);
            bridge.agentAudio(current.epoch, of(speech(1), `i${number}`, `r${number}`)); // "I could not reach them"
          }
          expect(current.session.heard).toEqual(line.slice(from));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('who is heard by the caller', () => {
  it('the bound session, in whole frames with a mark behind each piece', () => {
    const { bridge, phone, bound } = bridgeWorld();
    const one = bound(1);
    bridge.agentAudio(one.epoch, of(new Uint8Array(100).fill(7)));
    expect(phone.told).toEqual([]);
    bridge.agentAudio(one.epoch, of(new Uint8Array(301).fill(7)));
    expect(phone.told).toEqual(['play 320', 'mark m1']);
    bridge.itemEnded(one.epoch, 'i');
    expect(phone.told).toEqual(['play 320', 'mark m1', 'play 160', 'mark m2']);
    expect(phone.played.slice(320)).toEqual([...new Array(81).fill(7), ...new Array(79).fill(0xff)]);
  });

  it('PCM in pieces of any length becomes whole frames of mu-law', () => {
    const { bridge, phone, bound } = bridgeWorld();
    const one = bound(1, 'pcm');
    for (const size of [1, 958, 2, 1_919]) bridge.agentAudio(one.epoch, of(new Uint8Array(size)));
    expect(phone.told).toEqual(['play 160', 'mark m1', 'play 320']);
  });

  it('a session before its bind is held, and comes right behind the last frame, ended items and all', () => {
    const { bridge, phone, bound, seat } = bridgeWorld();
    const old = bound(1);
    const next = seat(2);
    const bytes = new Uint8Array(200).fill(2);
    bridge.agentAudio(next.epoch, of(bytes));
    bytes.fill(9); // the bytes were only lent
    bridge.itemEnded(next.epoch, 'i');
    bridge.agentAudio(next.epoch, of(speech(1, 3), 'j'));
    bridge.agentAudio(old.epoch, of(speech(2, 1)));
    expect(phone.played).toHaveLength(2 * frameBytes);
    bridge.bind(next);
    const silence = new Array(120).fill(0xff);
    expect(phone.played).toEqual([...speech(2, 1), ...new Array(200).fill(2), ...silence, ...speech(1, 3)]);
    expect(phone.told).not.toContain('clear');
  });

  it('a session that lost its place is not heard any more', () => {
    const { bridge, phone, bound } = bridgeWorld();
    const old = bound(1);
    bound(2);
    bridge.agentAudio(old.epoch, of(speech(1)));
    bridge.itemEnded(old.epoch, 'i');
    expect(phone.told).toEqual([]);
  });

  it('a session that will never be bound is forgotten', () => {
    const { bridge, phone, bound, seat } = bridgeWorld();
    bound(1);
    const next = seat(2);
    bridge.agentAudio(next.epoch, of(speech(1)));
    bridge.forget(next.epoch);
    bridge.bind(next);
    expect(phone.told).toEqual([]);
  });

  it('reports what was heard for good, item by item, also when two sessions use the same name', () => {
    const { bridge, phone, heard, bound } = bridgeWorld();
    const one = bound(1);
    bridge.agentAudio(one.epoch, of(speech(2)));
    const two = bound(2);
    bridge.agentAudio(two.epoch, of(speech(5)));
    bridge.itemEnded(two.epoch, 'i');
    phone.events.listen((event) => event.type === 'mark-returned' && bridge.markReturned(event.name));
    phone.returnsMarks(1);
    expect(heard).toEqual([{ epoch: 1, item: 'i', saidMs: 40, heardMs: 40 }]);
    expect(bridge.quiet).toBe(false);
    phone.returnsMarks();
    expect(heard.at(-1)).toEqual({ epoch: 2, item: 'i', saidMs: 100, heardMs: 100 });
    expect(bridge.quiet).toBe(true);
  });
});

describe('barge-in', () => {
  it('clears at once and truncates at what was heard', () => {
    const { bridge, phone, clock, heard, bound } = bridgeWorld();
    const one = bound(1);
    one.session.starts('r');
    one.session.onAudio((bytes, item, response) => bridge.agentAudio(one.epoch, { bytes, item, response }));
    one.session.speaks({ response: 'r', item: 'i' }, speech(50));
    clock.advance(330.6);
    bridge.interrupt('r');
    expect(phone.told.at(-1)).toBe('clear');
    expect(one.session.truncations).toEqual([{ item: 'i', audioEndMs: 330 }]);
    expect(heard).toEqual([{ epoch: 1, item: 'i', saidMs: 1_000, heardMs: 330.6 }]);
    expect(bridge.quiet).toBe(true);
    expect(bridge.remainingMs).toBe(0);
  });

  it('mutes the rest of the response that was cut off, and nothing else', () => {
    const { bridge, phone, bound } = bridgeWorld();
    const one = bound(1);
    bridge.agentAudio(one.epoch, of(new Uint8Array(200).fill(1)));
    bridge.interrupt('r');
    bridge.agentAudio(one.epoch, of(speech(3)));
    bridge.itemEnded(one.epoch, 'i');
    expect(phone.told).toEqual(['play 160', 'mark m1', 'clear']);
    bridge.agentAudio(one.epoch, of(speech(1, 5), 'j', 'next'));
    expect(phone.played.slice(frameBytes)).toEqual([...speech(1, 5)]); // and no byte of the old one in it
  });

  it('clears nothing when the caller has heard all', () => {
    const { bridge, phone, bound } = bridgeWorld();
    const one = bound(1);
    bridge.agentAudio(one.epoch, of(speech(1)));
    bridge.markReturned('m1');
    bridge.interrupt();
    expect(phone.told).not.toContain('clear');
    expect(one.session.truncations).toEqual([]);
  });

  it('tells only the bound session, also when words of the old one still played', () => {
    const { bridge, clock, bound, heard } = bridgeWorld();
    const truncated: string[] = [];
    const [old, next] = [bound(1), bound(2)];
    old.session.truncate = (item, at) => truncated.push(`old ${item} ${at}`);
    next.session.truncate = (item, at) => truncated.push(`next ${item} ${at}`);
    bridge.bind(old);
    bridge.agentAudio(old.epoch, of(speech(10), 'a', 'ra'));
    bridge.bind(next);
    bridge.agentAudio(next.epoch, of(speech(10), 'b', 'rb'));
    clock.advance(100);
    bridge.interrupt('rb');
    expect(truncated).toEqual(['next b 0']);
    expect(heard).toEqual([
      { epoch: 1, item: 'a', saidMs: 200, heardMs: 100 },
      { epoch: 2, item: 'b', saidMs: 200, heardMs: 0 },
    ]);
  });

  it('unbinding throws away what was not heard, and nobody is heard', () => {
    const { bridge, phone, bound } = bridgeWorld();
    const one = bound(1);
    bridge.agentAudio(one.epoch, of(speech(5)));
    bridge.unbind();
    bridge.agentAudio(one.epoch, of(speech(5)));
    expect(phone.told).toEqual(['play 800', 'mark m1', 'clear']);
  });
});

it('knows how long the caller has heard nothing, and how much is still to come', () => {
  const { bridge, clock, bound } = bridgeWorld();
  const one = bound(1);
  clock.advance(100);
  expect(bridge.silenceMs).toBe(100);
  bridge.agentAudio(one.epoch, of(speech(10)));
  expect([bridge.silenceMs, bridge.remainingMs]).toEqual([0, 200]);
  clock.advance(150);
  expect([bridge.silenceMs, bridge.remainingMs]).toEqual([0, 50]);
  clock.advance(110);
  expect(bridge.silenceMs).toBe(60);
});

describe('ten minutes of speech in a second', () => {
  const flood = (bridge: MediaBridge, perMs: number, response = 'r') => {
    for (let said = 0; said < 600_000; said += 200)
      bridge.agentAudio(epoch(1), of(new Uint8Array(200 * perMs).fill(1), `i-${response}`, response));
  };

  it('are cut short: the model is told to stop, the rest of it is not kept, a barge-in silences all', () => {
    const { bridge, bound, clock, phone } = bridgeWorld();
    const { session } = bound(1);
    session.starts('r');
    flood(bridge, 8);
    expect(session.cancels).toBe(1);
    expect(bridge.remainingMs).toBeGreaterThanOrEqual(120_000);
    expect(bridge.remainingMs).toBeLessThanOrEqual(120_500);
    expect(phone.played.length / 8).toBeLessThanOrEqual(4_300);
    clock.advance(2_000);
    bridge.interrupt('r');
    expect([bridge.quiet, bridge.remainingMs]).toEqual([true, 0]);
    // And the next answer is heard.
    const before = phone.played.length;
    bridge.agentAudio(epoch(1), of(speech(5, 2), 'i2', 'r2'));
    expect(phone.played.length - before).toBe(5 * frameBytes);
  });

  it('of a session that is not bound yet are held up to a bound, and the rest of that response is not heard', () => {
    const { bridge, seat, clock } = bridgeWorld();
    const next = seat(1, 'pcm');
    flood(bridge, 48);
    bridge.bind(next);
    expect(bridge.remainingMs).toBeGreaterThan(85_000);
    expect(bridge.remainingMs).toBeLessThanOrEqual(90_000);
    const held = bridge.remainingMs;
    bridge.agentAudio(epoch(1), of(new Uint8Array(9_600).fill(1), 'i-r', 'r'));
    expect(bridge.remainingMs).toBe(held);
    clock.advance(1);
    bridge.agentAudio(epoch(1), of(new Uint8Array(9_600).fill(1), 'later', 'later'));
    expect(bridge.remainingMs).toBeGreaterThan(held);
  });
});
