import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { answersProbe, ProbeAnswer } from '../../../gateway/fleet/probe.ts';

it('a process that lives says who it is; a stranger, a mute one and nobody are no answer', async () => {
  const answer = new ProbeAnswer('node-1');
  const port = await answer.start();
  expect(await answersProbe(`127.0.0.1:${port}`, 'node-1')).toBe(true);
  expect(await answersProbe(`127.0.0.1:${port}`, 'node-2')).toBe(false);
  answer.stop();
  expect(await answersProbe(`127.0.0.1:${port}`, 'node-1')).toBe(false);
  const mute = createServer(() => {});
  await new Promise<void>((done) => mute.listen(0, done));
  const address = mute.address();
  expect(await answersProbe(`127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, 'node-1')).toBe(false);
  mute.close();
  expect(await answersProbe('', 'node-1')).toBe(false);
});
