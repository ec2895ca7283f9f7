import { openRealtime, type RealtimeOptions } from '../../../agents/openai/realtime-session.ts';
import type { SessionEvent, SessionSetup } from '../../../agents/session.ts';
import { plainSetup } from '../../contracts/agent-session.ts';
import { FakeClock, settle } from '../../world/clock.ts';
import { HandServer } from './hand-server.ts';
import { sessionCreated, sessionUpdated } from './realtime-events.ts';

/** A session over a hand-moved server on a fake clock, with all that it says. */
export const sessionWorld = (more: Partial<RealtimeOptions> = {}, setup: Partial<SessionSetup> = {}) => {
  const clock = new FakeClock();
  const server = new HandServer();
  const counts: string[] = [];
  const session = openRealtime({
    connect: async () => server.socket,
    clock,
    format: 'pcm',
    vad: 'server_vad',
    log: () => {},
    count: (what, why) => counts.push(`${what} ${why}`),
    ...more,
  })({ ...plainSetup, ...setup }, { callId: 'CA1', epoch: 1 });
  const events: SessionEvent[] = [];
  session.events.listen((event) => events.push(event));
  const heard: string[] = [];
  session.onAudio((bytes, item, response) => heard.push(`${response} ${item} ${bytes.byteLength}`));
  const types = () => events.map(({ type }) => type);
  return { clock, server, session, events, heard, counts, types };
};

/** The same, configured; the events so far are forgotten. */
export const readyWorld = async (more: Partial<RealtimeOptions> = {}, setup: Partial<SessionSetup> = {}) => {
  const world = sessionWorld(more, setup);
  await settle();
  world.server.says(sessionCreated);
  world.server.says(sessionUpdated);
  world.events.length = 0;
  return world;
};
