import { expect, it } from 'vitest';
import { sharesOf } from './profile.ts';

it('splits samples by what was run, and leaves idle time out', () => {
  const frames = [
    ['(idle)', ''],
    ['writeBuffer', ''],
    ['push', 'file:///x/infra/websocket/frame-reader.ts'],
    ['wasm-function[3]', 'wasm://wasm/1'],
    ['emit', 'node:events'],
    ['unheard', ''],
  ] as const;
  const shares = sharesOf({
    nodes: frames.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } })),
    samples: [0, 1, 1, 2, 3, 4, 5],
    timeDeltas: [1_000, 10, 30, 20, 10, 10, 20],
  });
  expect(shares).toEqual([
    { part: 'writes to sockets (mostly the kernel)', share: 0.4 },
    { part: 'WebSocket frames', share: 0.2 },
    { part: 'other native code', share: 0.2 },
    { part: 'audio (filter, mu-law)', share: 0.1 },
    { part: 'sockets, streams and timers of Node', share: 0.1 },
  ]);
});
