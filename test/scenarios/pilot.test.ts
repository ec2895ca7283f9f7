import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Pilot } from '../../agents/pilot.ts';
import { hardenedServer } from '../../gateway/http/app.ts';
import { ms } from '../../infra/brand.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { dialledNumber, raiseStage, type Stage, type StageOptions } from '../world/stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-pilot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const person = '+4930123456';
const talks = { status: 'completed', ringMs: 200, talkMs: 1_000 };

/** What each document told the carrier to do. */
const verbsOf = ({ record }: PhoneCall) =>
  record.facts.flatMap((fact) => (fact.type === 'twiml' ? [fact.verbs.join(' ')] : []));
const wordsOf = ({ record }: PhoneCall) =>
  record.facts.flatMap((fact) => (fact.type === 'verb' && fact.name === 'Say' ? [fact.detail] : []));

const rings = (stage: Stage, from: string) => stage.carrier.call({ from, to: dialledNumber });

/** Answers of the console to requests over a real socket. */
const consoleOf = async ({ gateway }: Stage) => {
  const server = hardenedServer(gateway.consoleApp).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    get: async (path: string) => (await fetch(url + path)).text(),
    puts: async (on: boolean) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${url}/api/v1/switch`, { method: 'PUT', headers, body: JSON.stringify({ on }) })).status;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

describe('a pilot on the stage', () => {
  it('one of n calls is ours; the others are with a person before they notice anything', async () => {
    const pilot: Pilot = { share: 0.2, otherwise: { number: person } };
    const dialled: string[] = [];
    const stage = await raiseStage({
      mode: 'fast',
      store: `sqlite:${join(folder, 'share.db')}`,
      line: (acme) => ({ ...acme, pilot }),
      carrier: {
        dialOutcome: ({ target }) => {
          dialled.push(target);
          return talks;
        },
      },
    });
    try {
      const callers = Array.from({ length: 20 }, (_, index) => `+1415555${1_000 + index}`);
      const calls = callers.map((from) => rings(stage, from));
      await stage.until(() => calls.every((call) => call.phoneSockets === 1 || call.over));
      const ours = calls.filter((call) => call.phoneSockets === 1);
      const others = calls.filter((call) => call.phoneSockets === 0);
      expect(ours.length).toBeGreaterThan(0);
      expect(ours.length).toBeLessThan(10);
      expect(ours.every((call) => verbsOf(call).join() === 'Connect')).toBe(true);
      expect(others.map(verbsOf)).toEqual(others.map(() => ['Dial', 'Hangup']));
      expect(others.flatMap(wordsOf)).toEqual([]);
      expect(dialled).toEqual(others.map(() => person));
      // The same people call again: nobody is treated otherwise.
      const again = callers.map((from) => rings(stage, from));
      await stage.until(() => again.every((call) => call.phoneSockets === 1 || call.over));
      expect(again.map(({ phoneSockets }) => phoneSockets)).toEqual(calls.map(({ phoneSockets }) => phoneSockets));
      // All of them are in the lists, and those that went elsewhere with why and where to.
      const desk = await consoleOf(stage);
      const { calls: listed } = JSON.parse(await stage.play(desk.get('/api/v1/calls/recent?limit=200')));
      expect(listed).toHaveLength(40);
      const { events } = JSON.parse(await stage.play(desk.get(`/api/v1/calls/${others[0]?.sid}/events`)));
      expect(events[1]).toMatchObject({ type: 'call-turned-away', why: 'share', to: 'number' });
      const figures = await desk.get('/metrics');
      expect(figures).toContain(`throughline_calls_turned_away_total{why="share",to="number"} ${2 * others.length}\n`);
      desk.close();
    } finally {
      await stage.close();
    }
  });

  it('a queue that is full: the caller ends with a person', async () => {
    const stage = await raiseStage({
      mode: 'fast',
      store: 'sqlite::memory:',
      line: (acme) => ({ ...acme, pilot: { share: 0, otherwise: { queue: 'support' } } }),
      settings: { THROUGHLINE_FALLBACK_NUMBER: '+14155550134' },
      carrier: { dialOutcome: ({ kind }) => (kind === 'Enqueue' ? { status: 'queue-full', ringMs: 0, talkMs: 0 } : talks) },
    });
    try {
      const call = rings(stage, '+14155550177');
      await stage.play(call.ended);
      expect(verbsOf(call)).toEqual(['Enqueue', 'Dial', 'Hangup']);
    } finally {
      await stage.close();
    }
  });

  it('a model server that is away: a new caller is with a person in about five seconds', async () => {
    const stage = await raiseStage({
      mode: 'fast',
      store: 'sqlite::memory:',
      line: (acme) => ({ ...acme, pilot: { otherwise: { queue: 'support' } } }),
      carrier: { dialOutcome: () => ({ status: 'bridged', ringMs: 0, talkMs: 10_000 }) },
    });
    try {
      for (let index = 0; index < 5; index += 1) stage.model.inject({ type: 'refuse-handshake', status: 503 });
      const call = rings(stage, '+14155550177');
      await stage.play(call.ended);
      expect(verbsOf(call)).toEqual(['Connect', 'Say Enqueue', 'Hangup']);
      const enqueued = call.record.facts.find((fact) => fact.type === 'verb' && fact.name === 'Enqueue');
      expect(enqueued?.at).toBeLessThan(10_000);
    } finally {
      await stage.close();
    }
  });
});

it('the kill switch, put at one process, is seen by another that shares the store within five seconds; running calls go on', async () => {
  const options: StageOptions = {
    mode: 'fast',
    store: `sqlite:${join(folder, 'switch.db')}`,
    settings: { THROUGHLINE_FALLBACK_NUMBER: person },
    carrier: { dialOutcome: () => talks },
  };
  const [one, other] = [await raiseStage(options), await raiseStage(options)];
  const desk = await consoleOf(one);
  try {
    const running = rings(other, '+14155550134');
    await other.until(() => running.phoneSockets === 1);
    expect(await one.play(desk.puts(true))).toBe(200);
    // At once where it was put.
    const late = rings(one, '+14155550177');
    await one.play(late.ended);
    expect(verbsOf(late)).toEqual(['Dial', 'Hangup']);
    // Five seconds of the other one's clock.
    let passed = false;
    other.clock.after(ms(5_000), () => {
      passed = true;
    });
    await other.until(() => passed);
    const later = rings(other, '+14155550177');
    await other.play(later.ended);
    expect(verbsOf(later)).toEqual(['Dial', 'Hangup']);
    expect([running.over, running.phoneSockets]).toEqual([false, 1]);
    // And back.
    expect(await one.play(desk.puts(false))).toBe(200);
    passed = false;
    other.clock.after(ms(5_000), () => {
      passed = true;
    });
    await other.until(() => passed);
    const ours = rings(other, '+14155550178');
    await other.until(() => ours.phoneSockets === 1);
    expect(verbsOf(ours)).toEqual(['Connect']);
  } finally {
    desk.close();
    await one.close();
    await other.close();
  }
});
