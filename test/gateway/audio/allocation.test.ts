import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { passThrough, pcmTranscoder } from '../../../gateway/audio/transcoder.ts';

const ROUND = 20_000;
const mulaw = Uint8Array.from({ length: 160 }, (_, index) => (index * 97) & 0xff);
const pieces = [1, 160, 700, 960, 1_300, 1_919].map((length) => new Uint8Array(length).fill(3));

/** Bytes of heap that one call of `work` costs, once the code is compiled. A garbage collection in between makes them negative. */
const allocated = (work: (index: number) => void): number => {
  const used = [0, 1, 2].map(() => {
    for (let index = 0; index < ROUND; index++) work(index);
    return getHeapStatistics().used_heap_size;
  });
  return Math.abs((used[2] ?? 0) - (used[1] ?? 0)) / ROUND;
};

// Measuring costs some 20 KiB once, that is a byte or two for each call; the smallest view would cost a hundred.
it.each([
  ['pcm', pcmTranscoder],
  ['pcmu', passThrough],
])('%s: frames allocate nothing, nor do ragged pieces of speech', (_, create) => {
  const transcoder = create();
  expect(allocated(() => transcoder.toPhone(transcoder.toModel(mulaw)))).toBeLessThan(8);
  expect(allocated((index) => transcoder.toPhone(pieces[index % pieces.length] ?? mulaw))).toBeLessThan(8);
});
