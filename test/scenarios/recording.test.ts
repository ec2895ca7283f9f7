import { afterAll, describe, expect, it } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { received } from '../gateway/audio/dtmf-receiver.ts';
import { demoAccount } from '../world/back-office.ts';
import { hangsUp, says as speaks, waits } from '../world/caller.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { type Span, soundSpans, Track } from '../world/carrier/track.ts';
import { withConsole } from '../world/console-server.ts';
import { calls, type Persona, says } from '../world/model/persona.ts';
import { recordingsFolder, shiftsOf, soundBytesOf, type TwoSides, twoSidesOf } from '../world/recordings.ts';
import type { Stage } from '../world/stage.ts';
import { clip } from '../world/voices/clips.ts';
import { dials } from './all-bytes.ts';
import { atBilling, cardQuestions, contentAfter, keysOf, owes, types, visa, when } from './paying.ts';
import { articleScript, eventsOf, type Played, type PlayOptions, play, saysAfter } from './play.ts';

const folders: ReturnType<typeof recordingsFolder>[] = [];
afterAll(() => {
  for (const each of folders) each.remove();
});

const record = async (options: PlayOptions = {}) => {
  const where = recordingsFolder();
  folders.push(where);
  const played = await play({ ...options, settings: { THROUGHLINE_RECORDING: where.folder, ...options.settings } });
  return { where, played };
};

/** When a recording began, in the time of the carrier's own. */
const startOf = ({ stage, call }: Played, startedAt: number): number =>
  startedAt - (stage.clock.wall() - stage.clock.now()) - call.record.origin;

/** Long enough to be found again. */
const longOnes = (spans: readonly Span[]) => spans.filter(({ from, to }) => to - from >= 80);

const trackOf = (mulaw: Uint8Array): Track => {
  const track = new Track();
  track.write(0, mulaw);
  return track;
};

/** How long two tracks differ in whether anything is heard, in ms. */
const differMs = (truth: Track, recorded: Track, { startMs, range }: { readonly startMs: number; readonly range: Span }) => {
  const isIn = (spans: readonly Span[], at: number) => spans.some(({ from, to }) => at >= from && at < to);
  const [real, ours] = [soundSpans(truth, range), soundSpans(recorded, { from: 0, to: range.to })];
  let differs = 0;
  for (let at = range.from; at < range.to; at += 10) if (isIn(real, at) !== isIn(ours, at - startMs)) differs += 10;
  return differs;
};

/** Holds a recording against what the carrier knows. */
const expectTruth = (played: Played, { caller, agent }: TwoSides, startedAt: number): void => {
  const { record: truth, heard, spoken } = played.call;
  const startMs = startOf(played, startedAt);
  const range = { from: Math.ceil(startMs), to: truth.now - 1_000 };
  const sides = [
    { told: truth.spoken, track: spoken, side: caller },
    { told: truth.heard, track: heard, side: agent },
  ];
  for (const { told, track, side } of sides) {
    const spans = longOnes(soundSpans(told, range));
    expect(spans.length).toBeGreaterThan(5);
    const shifts = shiftsOf(track, side, { spans, startMs });
    for (const shift of shifts) expect(Math.abs(shift ?? Number.NaN)).toBeLessThanOrEqual(40);
    expect(differMs(told, trackOf(side), { startMs, range })).toBeLessThanOrEqual(100);
  }
};

describe('the recording of a call', () => {
  it('has both sides where the carrier had them to within two frames, with a handoff and a caller who cuts in', async () => {
    const [first, ...others] = articleScript;
    if (first === undefined) throw new Error('the caller has nothing to say');
    const { where, played } = await record({
      script: [
        speaks(clip('callerInvoice').subarray(0, 8_000), { after: 'agent-speaking', afterMs: 900 }),
        first,
        ...others,
      ],
    });
    const [name = ''] = where.names();
    const file = where.read(name);
    expect(where.names()).toHaveLength(1);
    expect(file.length).toBe(58 + soundBytesOf(file));
    expect(played.call.record.facts.filter(({ type }) => type === 'cleared')).not.toEqual([]);
    expect(eventsOf(played.events, 'handoff-committed')).not.toEqual([]);
    expectTruth(played, twoSidesOf(file), where.parts()[0]?.startedAt ?? 0);
    const [ended] = eventsOf(played.events, 'recording-ended');
    expect(ended).toMatchObject({ complete: true, lostMs: 0, why: 'ended', pauses: [] });
    expect(ended?.durationMs).toBe(soundBytesOf(file) / 16);
  });

  it('has a further part after a lost stream; the console puts them together, with what is between them', async () => {
    let whole = Buffer.alloc(0);
    let callId = '';
    const { where, played } = await record({
      direct: (stage, call) => {
        callId = call.sid;
        stage.clock.after(ms(20_000), () => call.stream?.drop());
      },
      after: (stage) =>
        withConsole(stage, async (url) => {
          const answer = await stage.play(fetch(`${url}/api/v1/calls/${callId}/recording`));
          expect(answer.headers.get('content-type')).toBe('audio/wav');
          whole = Buffer.from(await answer.arrayBuffer());
        }),
    });
    const parts = where.parts();
    expect(parts).toHaveLength(2);
    const started = eventsOf(played.events, 'recording-started');
    expect(started.map(({ part }) => part)).toEqual(parts.map(({ streamId }) => streamId));
    expect(started.map(({ offsetMs }) => Math.round(offsetMs / 1_000))).toEqual([0, expect.any(Number)]);
    expect(started[1]?.offsetMs).toBeGreaterThan(15_000);
    expect(eventsOf(played.events, 'recording-ended')).toMatchObject([{ complete: true }, { complete: true }]);
    expect(whole.length).toBe(58 + soundBytesOf(whole));
    const { agent } = twoSidesOf(whole);
    const { record: truth, heard } = played.call;
    const startMs = startOf(played, parts[0]?.startedAt ?? 0);
    const spans = longOnes(soundSpans(truth.heard, { from: Math.ceil(startMs), to: truth.now - 1_000 }));
    // What the carrier itself says or plays between two streams is in no stream.
    const found = shiftsOf(heard, agent, { spans, startMs }).filter((shift) => shift !== undefined);
    expect(found.length).toBeGreaterThan(0.8 * spans.length);
    for (const shift of found) expect(Math.abs(shift)).toBeLessThanOrEqual(40);
  });
});

const pin = '90471683';

/** Answers the call itself and has the PIN verified. */
const billing: Persona = {
  name: 'billing',
  recognises: (tools) => tools.has('verifyPin'),
  respond: ({ cue, context }) => {
    if (cue.type === 'caller-turn') return [says('billingHelp'), calls('verifyPin')];
    return [says(cue.type === 'tool-outputs' || context.includes('on the keypad') ? 'billingInvoice' : 'billingHelp')];
  },
};
const answeredByBilling: PlayOptions = {
  personas: [billing],
  line: (acme) => ({ ...acme, start: 'billing' }),
  settings: { THROUGHLINE_AUDIO: 'pcmu' },
};
/** Reads the PIN aloud, so to say, before the first key and in the middle. */
const entersAndReads = async (stage: Stage, call: PhoneCall): Promise<void> => {
  const reads = async () => {
    call.speak(clip('callerStillFails').subarray(0, 12_000));
    await new Promise<void>((resolve) => stage.clock.after(ms(1_600), resolve));
  };
  await reads();
  await dials(stage, call, pin.slice(0, 4));
  await reads();
  await dials(stage, call, `${pin.slice(4)}#`);
};

const callerSide = (where: ReturnType<typeof recordingsFolder>): Uint8Array =>
  twoSidesOf(where.read(where.names()[0] ?? '')).caller;

describe('what is entered on the keypad', () => {
  it('digits that a tool collects are not heard, nor what is said meanwhile, and the log says so', async () => {
    const { where, played } = await record({
      ...answeredByBilling,
      script: [saysAfter('callerInvoice', ['billingHelp']), waits(20_000), hangsUp('at-once')],
      direct: (stage) => {
        stage.backOffice.state.pins.set(demoAccount.id, { pin, attemptsLeft: 1 });
      },
      watch: (event, stage, call) => {
        if (event.type === 'tool-called') void entersAndReads(stage, call);
      },
    });
    expect(received(played.call.spoken)).toContain(pin);
    const caller = callerSide(where);
    expect(received(caller)).toBe('');
    const startMs = startOf(played, where.parts()[0]?.startedAt ?? 0);
    const spoken = longOnes(soundSpans(played.call.record.spoken, { from: 0, to: played.call.record.now }));
    const shifts = shiftsOf(played.call.spoken, caller, { spans: spoken, startMs });
    const [asked] = eventsOf(played.events, 'tool-called');
    const askedMs = startOf(played, asked?.at ?? 0);
    const [before, meanwhile] = [spoken.filter(({ to }) => to < askedMs), spoken.filter(({ from }) => from > askedMs)];
    expect(meanwhile.length).toBeGreaterThan(8); // two times words, and keys
    expect(shifts.slice(0, before.length).every((shift) => shift === 0)).toBe(true); // the invoice
    expect(shifts.slice(before.length).every((shift) => shift === undefined)).toBe(true);
    const [ended] = eventsOf(played.events, 'recording-ended');
    expect(ended?.pauses.some(({ why, fromMs, toMs }) => why === 'secure' && toMs - fromMs > 2_000)).toBe(true);
  });

  it('keys that are told of are not heard either; words before and behind them are', async () => {
    const { where, played } = await record({
      ...answeredByBilling,
      script: [waits(15_000), saysAfter('callerInvoice', []), waits(4_000), hangsUp('at-once')],
      watch: (event, stage, call) => {
        if (event.type === 'bound') void dials(stage, call, `${pin}#`);
      },
    });
    expect(eventsOf(played.events, 'keys-entered')).toMatchObject([{ digits: pin }]);
    expect(received(callerSide(where))).toBe('');
    expect(received(played.call.spoken)).toContain(pin);
    const { record: truth, spoken } = played.call;
    const last = longOnes(soundSpans(truth.spoken, { from: 0, to: truth.now })).at(-1);
    const startMs = startOf(played, where.parts()[0]?.startedAt ?? 0);
    expect(shiftsOf(spoken, callerSide(where), { spans: last === undefined ? [] : [last], startMs })).toEqual([0]);
    expect(eventsOf(played.events, 'recording-ended')[0]?.pauses[0]).toMatchObject({ why: 'keys' });
  });
});

it('is sealed with the key of its call: no sound of it is in the file, and the console plays it until the call is erased', async () => {
  const sealKey = Buffer.from(Array.from({ length: 32 }, (_, at) => at * 7 + 1)).toString('base64');
  let callId = '';
  let whole = Buffer.alloc(0);
  let partial = { status: 0, range: '', bytes: Buffer.alloc(0) };
  let page = '';
  let audit = '';
  let erased = 0;
  const { where, played } = await record({
    settings: { THROUGHLINE_SEAL_KEY: sealKey },
    direct: (_, call) => {
      callId = call.sid;
    },
    after: (stage) =>
      withConsole(stage, async (url) => {
        const path = `${url}/api/v1/calls/${callId}/recording`;
        whole = Buffer.from(await (await stage.play(fetch(path))).arrayBuffer());
        const answer = await stage.play(fetch(path, { headers: { range: 'bytes=40000-90000' } }));
        partial = {
          status: answer.status,
          range: answer.headers.get('content-range') ?? '',
          bytes: Buffer.from(await answer.arrayBuffer()),
        };
        const shown = await stage.play(fetch(`${url}/calls/${callId}`));
        expect(shown.headers.get('content-security-policy')).toContain("media-src 'self'");
        page = await shown.text();
        audit = await (await stage.play(fetch(`${url}/api/v1/audit`))).text();
        await stage.play(stage.stores.callKeys?.drop([callId]) ?? Promise.resolve());
        erased = (await stage.play(fetch(path))).status;
      }),
  });
  const file = where.all();
  expect(where.names()).toEqual([expect.stringMatching(/\.wav\.sealed$/)]);
  const sides = twoSidesOf(whole);
  expectTruth(played, sides, where.parts()[0]?.startedAt ?? 0);
  expect(partial).toMatchObject({ status: 206, range: `bytes 40000-90000/${whole.length}` });
  expect(partial.bytes.equals(whole.subarray(40_000, 90_001))).toBe(true);
  const loud = longOnes(soundSpans(trackOf(sides.caller), { from: 0, to: sides.caller.length / 8 }));
  expect(loud.length).toBeGreaterThan(5);
  for (const { from } of loud) expect(file.includes(whole.subarray(58 + from * 16, 58 + from * 16 + 64))).toBe(false);
  expect(page).toContain(`<audio controls preload="none" src="/api/v1/calls/${callId}/recording">`);
  expect(audit).toContain(`GET /api/v1/calls/${callId}/recording`);
  expect(erased).toBe(404);
});

it('is none while the caller pays: two parts, and the time between them in neither', async () => {
  const { where, played } = await record({
    ...atBilling,
    watch: contentAfter(/went through/),
    direct: (stage, call) => {
      owes(stage);
      void when(stage, call, (_, { record: truth }) => truth.said.length > 0 && cardQuestions(call) > 0).then(() =>
        types(stage, call, keysOf(visa)),
      );
    },
  });
  expect(eventsOf(played.events, 'payment-ended')).toMatchObject([{ outcome: 'paid' }]);
  const parts = where.parts();
  expect(parts).toHaveLength(2);
  const first = where.read(where.names()[0] ?? '');
  const endMs = (parts[0]?.startedAt ?? 0) + soundBytesOf(first) / 16;
  expect((parts[1]?.startedAt ?? 0) - endMs).toBeGreaterThan(5_000);
});
