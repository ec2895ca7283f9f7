import { describe, expect, it } from 'vitest';
import { pcmTranscoder } from '../../gateway/audio/transcoder.ts';
import { type Format, FrameWatch, frames, levels, readFrames } from './level-marks.ts';
import { spreadOf } from './statistics.ts';

const read = (audio: Buffer, format: Format): number[] => {
  const places: number[] = [];
  readFrames(audio, format, (place) => places.push(place));
  return places;
};
const bytes = (format: Format, place: number) => Buffer.from(frames[format][place % levels] ?? '', 'base64');

describe('frames that can be told apart', () => {
  it.each(['pcm', 'pcmu'] as const)('%s: each is read as what it is', (format) => {
    for (let place = 0; place < levels; place += 1) expect(read(bytes(format, place), format)).toEqual([place]);
  });

  it('survive the transcoder both ways', () => {
    const transcoder = pcmTranscoder();
    for (let number = 0; number < 3 * levels; number += 1) {
      const pcm = Buffer.from(transcoder.toModel(bytes('pcmu', number)));
      expect(read(pcm, 'pcm')).toEqual([number % levels]);
      expect(read(Buffer.from(transcoder.toPhone(bytes('pcm', number))), 'pcmu')).toEqual([number % levels]);
    }
  });

  it('silence is none of them', () => {
    expect(read(Buffer.alloc(160, 0xff), 'pcmu')).toEqual([-1]);
  });
});

describe('what became of them', () => {
  const sent = (count: number) => {
    const watch = new FrameWatch();
    const places = Array.from({ length: count }, (_, number) => watch.send(number * 20));
    return { watch, places };
  };

  it('all came: delays, nothing lost', () => {
    const { watch, places } = sent(40);
    expect(places.map((place, number) => watch.receive(place, number * 20 + 3))).toEqual(new Array(40).fill(3));
    expect([watch.lost, watch.alien]).toEqual([0, 0]);
  });

  it('three are missing', () => {
    const { watch, places } = sent(40);
    for (const place of places.toSpliced(20, 3)) watch.receive(place, 1_000);
    expect(watch.lost).toBe(3);
  });

  it('one is something else', () => {
    const { watch, places } = sent(3);
    for (const place of [places[0] ?? 0, -1, places[1] ?? 0]) watch.receive(place, 100);
    expect([watch.lost, watch.alien, watch.heard]).toEqual([0, 1, 2]);
  });
});

it('percentiles', () => {
  const values = Array.from({ length: 1_000 }, (_, index) => index + 1).toReversed();
  expect(spreadOf(values)).toEqual({ n: 1_000, p50: 501, p95: 951, p99: 991, max: 1_000 });
});
