import { expect, it } from 'vitest';
import { clientFrame, releaseFrame } from '../../infra/websocket/frame-writer.ts';

const frame = (letter: string): Buffer => clientFrame(Buffer.alloc(300, letter)) ?? Buffer.alloc(0);

it('frames that were taken at once are all made in the same place, without a new view', () => {
  const first = frame('a');
  for (let count = 0; count < 1_000; count += 1) {
    releaseFrame();
    expect(frame('b')).toBe(first);
  }
  releaseFrame();
});

it('a frame that still waits stays as it is, however many are made after it', () => {
  const waiting = frame('a');
  const bytes = waiting.toString('hex');
  for (let count = 0; count < 1_000; count += 1) {
    frame('b');
    if (count % 2 === 0) releaseFrame();
  }
  expect(waiting.toString('hex')).toBe(bytes);
});
