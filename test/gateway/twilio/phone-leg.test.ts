import { expect, test } from 'vitest';
import { phoneLeg } from '../../../gateway/twilio/phone-leg.ts';
import type { MessageSocket } from '../../../infra/message-socket.ts';
import { wholeMessage } from '../../../infra/websocket/frame-writer.ts';
import { FakeClock } from '../../world/clock.ts';
import { callIdOf } from '../../world/scripted-phone.ts';

const world = () => {
  const sent: string[] = [];
  const counted: string[] = [];
  let aborted = false;
  const socket: MessageSocket & { bufferedAmount: number } = {
    bufferedAmount: 0,
    send: (text) => sent.push(wholeMessage(text).toString()),
    close: () => {},
    abort: () => {
      aborted = true;
    },
    listen: () => {},
  };
  const leg = phoneLeg({
    socket,
    callId: callIdOf(1),
    streamId: 'MZ1' as never,
    ticket: 't',
    clock: new FakeClock(),
    count: (name) => counted.push(name),
  });
  return { leg, socket, sent, counted, isAborted: () => aborted };
};

const payloadOf = (message: string): Buffer => Buffer.from(JSON.parse(message).media.payload, 'base64');

test('speech of any length goes out in messages of at most a second, whole and in order', () => {
  const { leg, sent } = world();
  const speech = Uint8Array.from({ length: 2 * 8_000 + 160 }, (_, index) => index % 251);
  leg.play(speech);
  leg.play(new Uint8Array(0));
  expect(sent.map((message) => payloadOf(message).length)).toEqual([8_000, 8_000, 160]);
  expect(Buffer.concat(sent.map(payloadOf))).toEqual(Buffer.from(speech));
});

test('a carrier that takes nothing any more is given up at 1 MB', () => {
  const { leg, socket, counted, isAborted } = world();
  const frame = new Uint8Array(160);
  socket.bufferedAmount = 1024 * 1024;
  for (let frames = 0; frames < 200; frames += 1) leg.play(frame);
  expect(isAborted()).toBe(false);
  socket.bufferedAmount += 1;
  for (let frames = 0; frames < 200; frames += 1) leg.play(frame);
  expect([isAborted(), counted[0]]).toEqual([true, 'twilio_socket_stuck']);
});
