import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { received } from '../gateway/audio/dtmf-receiver.ts';
import { demoAccount } from '../world/back-office.ts';
import { hangsUp, presses, waits } from '../world/caller.ts';
import { calls, type Persona, says } from '../world/model/persona.ts';
import { dials, fromConsole, heardBy, onDisk } from './all-bytes.ts';
import { eventsOf, type PlayOptions, play, saysAfter } from './play.ts';

/** No number, time or id of such a call contains it. */
const pin = '90471683';

/** Answers the call itself, has the PIN verified when the caller has said something, and speaks of what came of it. */
const billing: Persona = {
  name: 'billing',
  recognises: (tools) => tools.has('verifyPin'),
  respond: ({ cue, context }) => {
    if (cue.type === 'caller-turn') return [says('billingHelp'), calls('verifyPin')];
    return [says(cue.type === 'tool-outputs' || context.includes('on the keypad') ? 'billingInvoice' : 'billingHelp')];
  },
};

const folder = mkdtempSync(join(tmpdir(), 'throughline-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const answeredByBilling: PlayOptions = {
  personas: [billing],
  line: (acme) => ({ ...acme, start: 'billing' }),
  settings: { THROUGHLINE_AUDIO: 'pcmu' },
};

describe('a PIN that is entered for a tool', () => {
  it('is verified, and stands nowhere: not on disk, in logs, metrics, jobs or the console, nor in anything the model got', async () => {
    const lines: string[] = [];
    let told = '';
    let callId = '';
    const played = await play({
      ...answeredByBilling,
      store: `sqlite:${join(folder, 'calls.db')}`,
      logLevel: 'trace',
      logTo: { write: (line) => lines.push(line) },
      script: [saysAfter('callerInvoice', ['billingHelp']), waits(20_000), hangsUp('at-once')],
      direct: (stage, call) => {
        callId = call.sid;
        stage.backOffice.state.pins.set(demoAccount.id, { pin, attemptsLeft: 1 });
      },
      watch: (event, stage, call) => {
        if (event.type === 'tool-called') void dials(stage, call, `${pin}#`);
      },
      after: async (stage) => {
        told = await fromConsole(stage, callId);
      },
    });
    const { events, stage } = played;
    expect(eventsOf(events, 'tool-returned')).toMatchObject([
      { tool: 'verifyPin', status: 'ok', result: { verified: true, attemptsLeft: 3 } },
    ]);
    expect(eventsOf(events, 'keys-entered')).toEqual([]);
    const modelGot = JSON.stringify(stage.model.records.map(({ appended: _, ...record }) => record));
    expect(modelGot).toContain('verified');
    expect(told).toContain('verifyPin');
    expect(onDisk(folder)).toContain('verifyPin');
    expect(lines.length).toBeGreaterThan(0);
    for (const text of [onDisk(folder), told, modelGot, lines.join('\n'), JSON.stringify(events)]) {
      expect(text).not.toContain(pin);
      expect(text).not.toContain([...pin].join('","'));
    }
    expect(received(heardBy(stage))).toBe('');
    expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
  });

  it('would have been found: the same keys without a tool are a fact, on disk, in the console and in what the model heard', async () => {
    let told = '';
    let callId = '';
    const { stage, events } = await play({
      ...answeredByBilling,
      store: `sqlite:${join(folder, 'open.db')}`,
      script: [waits(15_000), hangsUp('at-once')],
      direct: (_, call) => {
        callId = call.sid;
      },
      watch: (event, now, call) => {
        if (event.type === 'bound') void dials(now, call, `${pin}#`);
      },
      after: async (now) => {
        told = await fromConsole(now, callId);
      },
    });
    expect(eventsOf(events, 'keys-entered')).toMatchObject([{ digits: pin, ended: 'pound' }]);
    for (const text of [onDisk(folder), told, JSON.stringify(stage.model.records.map(({ items }) => items))])
      expect(text).toContain(pin);
    expect(received(heardBy(stage))).toBe(`${pin}#`);
  });
});

it('keys while the agent speaks cut it off, and are answered', async () => {
  const { events, stage } = await play({
    ...answeredByBilling,
    script: [presses('4711#', { after: 'agent-speaking', afterMs: 600 }), waits(8_000), hangsUp('at-once')],
  });
  const said = eventsOf(events, 'agent-said');
  const [greeting, answer] = [said.findLast(({ text }) => text.includes('How can I help')), said.at(-1)];
  expect((greeting?.heardMs ?? 0) < (greeting?.saidMs ?? 0)).toBe(true);
  expect(answer).toMatchObject({
    text: expect.stringContaining('last invoice'),
    heardText: expect.stringContaining('last invoice'),
  });
  expect(eventsOf(events, 'keys-entered')).toMatchObject([{ digits: '4711', ended: 'pound' }]);
  const [record] = stage.model.records;
  expect(record?.truncations).toHaveLength(1);
  expect(JSON.stringify(record?.items)).toContain('entered 4711 on the keypad');
  expect(record?.responses.map(({ words }) => words)).toHaveLength(2);
  expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
});
