import { describe, expect, test } from 'vitest';
import { passThrough, pcmTranscoder } from '../../gateway/audio/transcoder.ts';
import { clip } from '../world/voices/clips.ts';
import { framesLost, type ReceivedAudio, type SentLine } from './frames-heard.ts';
import { noisyLine, onNoisyLine } from './line-noise.ts';

const frameCount = 400;

/** Eight seconds of a line: silence, an utterance from frame 60 on, silence. */
const line = (): SentLine => {
  const mulaw = noisyLine(20 * frameCount);
  mulaw.set(onNoisyLine(clip('callerOpening'), 7), 60 * 160);
  return { mulaw, frames: Array.from({ length: frameCount }, (_, at) => at * 160) };
};

/** What a session gets of these frames through the gateway's own transcoder. */
const session = (sent: SentLine, numbers: readonly number[], format: 'pcm' | 'pcmu' = 'pcm'): ReceivedAudio => {
  const transcoder = format === 'pcm' ? pcmTranscoder() : passThrough();
  const pieces = numbers.map((number) =>
    Buffer.from(transcoder.toModel(sent.mulaw.subarray(number * 160, number * 160 + 160))),
  );
  return { bytes: Buffer.concat(pieces), format };
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);
const without = (numbers: readonly number[], ...gone: readonly number[]) => numbers.filter((at) => !gone.includes(at));

describe.each(['pcm', 'pcmu'] as const)('frames that reached the model as %s', (format) => {
  const sent = line();

  test('a whole call in one session lost nothing', () => {
    expect(framesLost(sent, [session(sent, range(0, frameCount), format)])).toEqual([]);
  });

  test('two sessions that follow one another lost nothing', () => {
    expect(framesLost(sent, [session(sent, range(0, 120), format), session(sent, range(120, frameCount), format)])).toEqual(
      [],
    );
  });

  test.each([
    ['in silence', 30],
    ['in speech', 100],
    ['in a later silence', 380],
  ])('one frame planted as lost %s is found, and nothing else', (_, gone) => {
    expect(framesLost(sent, [session(sent, without(range(0, frameCount), gone), format)])).toEqual([gone]);
  });

  test('every single frame of the utterance would be missed', () => {
    for (const gone of range(60, 260).filter((at) => at % 9 === 0)) {
      const lost = framesLost(sent, [session(sent, without(range(0, frameCount), gone), format)]);
      expect(lost, `without frame ${gone}`).toHaveLength(1);
      expect(Math.abs((lost[0] ?? -9) - gone), `without frame ${gone}`).toBeLessThanOrEqual(6);
    }
  });

  test('one frame lost between two sessions is found', () => {
    const sessions = [session(sent, range(0, 120), format), session(sent, range(121, frameCount), format)];
    expect(framesLost(sent, sessions)).toEqual([120]);
  });

  test('a replay does not hide a loss elsewhere, and fills the hole it covers', () => {
    const sessions = [session(sent, without(range(0, 150), 20, 140), format), session(sent, range(130, frameCount), format)];
    expect(framesLost(sent, sessions)).toEqual([20]);
  });

  test('a frame sent twice in place of another is a loss', () => {
    const doubled = [...range(0, 200), 199, ...range(201, frameCount)];
    expect(framesLost(sent, [session(sent, doubled, format)])).toEqual([200]);
  });

  test('a frame of silence in place of a frame is a loss', () => {
    const { bytes } = session(sent, range(0, frameCount), format);
    const size = bytes.length / frameCount;
    bytes.fill(format === 'pcm' ? 0 : 0xff, 90 * size, 91 * size);
    expect(framesLost(sent, [{ bytes, format }])).toEqual([90]);
  });

  test('a session that heard nothing heard nothing', () => {
    expect(framesLost(sent, [{ bytes: Buffer.alloc(0), format }])).toHaveLength(frameCount);
    expect(framesLost(sent, [])).toHaveLength(frameCount);
  });
});
