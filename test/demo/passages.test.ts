import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { human, type Person, type PersonLeg } from '../world/carrier/person.ts';
import type { SessionRecord } from '../world/model/record.ts';
import { readWav } from '../world/wav.ts';
import type { ScenarioName } from './arguments.ts';
import { measureFromIvr, shortfallsFromIvr } from './measure-ivr.ts';
import { type Performance, perform } from './perform.ts';
import type { Play } from './play.ts';
import { scenarios } from './scenarios.ts';
import { showCall } from './show.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const around = (print: (line: string) => void) => ({
  out: folder,
  print,
  progress: () => {},
  ink: { columns: 80, paint: (_: string, text: string) => text },
  realBaseUrl: undefined,
});
const options = { mode: 'fast', realKey: undefined, callerFile: undefined, out: undefined } as const;

/** What `--json` prints, whether all went as told, and the page. */
const show = async (scenario: ScenarioName) => {
  const lines: string[] = [];
  const report = await showCall(
    { ...options, scenario, json: true },
    around((line) => lines.push(line)),
  );
  const page = readFileSync(join(folder, 'call.html'), 'utf8').replace(/base64,[A-Za-z0-9+/=]+/, 'base64,');
  return { figures: JSON.parse(lines.join('\n')), report, page };
};

const performing = (play: Play): Promise<Performance> =>
  perform({ mode: 'fast', store: 'sqlite::memory:', play, realKey: undefined, realBaseUrl: undefined, curtainUp: () => {} });

const text = (page: string): string => page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

describe('a call that comes from a menu, fast', () => {
  let shown: Awaited<ReturnType<typeof show>>;
  beforeAll(async () => {
    shown = await show('ivr');
  });

  test('the first agent knows what was entered, asks for nothing again, and resolves it', () => {
    const { figures, report } = shown;
    expect(report.shortfalls).toEqual([]);
    expect(figures).toMatchObject({
      outcome: 'resolved',
      phoneSockets: 1,
      sessions: 1,
      callerFramesLost: 0,
      firstAgent: 'billing',
      factsTotal: 3,
      factsCarried: 3,
      askedAgain: [],
      tools: ['getInvoices', 'explainCharge', 'end_call'],
      violations: 0,
    });
    expect(figures.firstSoundMs).toBeGreaterThan(0);
    expect(figures.firstSoundMs).toBeLessThan(20_000);
    expect(figures.deadAirMs).toBeLessThan(2_500);
    expect(figures.callMs).toBeGreaterThan(35_000);
    expect(figures.callMs).toBeLessThan(50_000);
    expect(figures.firstWords).toContain('account ten forty-two');
  });

  test('the page has the menu, its keys and what was passed on', () => {
    const { page } = shown;
    expect(page).toContain('who-menu" style="left:0.000%">Menu');
    expect(page).toMatch(/reign who-billing" style="left:\d+\.\d+%">Billing/);
    expect(page).toContain('<kbd>1042#</kbd>');
    expect(text(page)).toContain('invoice month 2026-03');
    expect(page).toContain('Passed on');
  });

  test('the keys are heard in the left channel', () => {
    const [left = new Int16Array(0)] = readWav(readFileSync(join(folder, 'call.wav'))).channels;
    const peak = left.subarray(4_000 * 8, 12_000 * 8).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(3_000);
  });
});

describe('a call from a menu that goes wrong is no success', () => {
  const { ivr } = scenarios;
  const good = () => ivr.play({ callerFile: undefined, realKey: undefined });
  const edited = (performed: Performance, edit: (session: SessionRecord) => Partial<SessionRecord>): Performance => ({
    ...performed,
    sessions: performed.sessions?.map((session) => ({ ...session, ...edit(session) })),
  });
  const wrong = (performed: Performance) => shortfallsFromIvr(measureFromIvr(performed)).join(' ');
  let performed: Performance;
  beforeAll(async () => {
    performed = await performing(good());
  });

  test('fields that came late, a question for them, and an answer by guessing are all found', () => {
    const words = wrong(
      edited(performed, ({ itemTimes, responses }) => ({
        // They came after the first response was begun.
        itemTimes: itemTimes.map(() => (responses[0]?.startedAt ?? 0) + 1),
        responses: responses.map((response) => ({
          ...response,
          words: `${response.words} What is your account number?`,
          toolCalls: response.toolCalls.filter(({ name }) => name === 'end_call'),
        })),
      })),
    );
    expect(words).toContain('only 0 of 3 fields');
    expect(words).toContain('It was asked again: What is your account number?');
    expect(words).toContain('without having looked the invoice up');
  });

  test('a menu that loses a field', async () => {
    const { stage = {}, ...rest } = good();
    const elsewhere: NonNullable<typeof stage.elsewhere> = async (url, form) =>
      (await stage.elsewhere?.(url, form))?.replace(/&amp;invoiceMonth=2026-03/, '');
    const { shortfalls } = ivr.report(await performing({ ...rest, stage: { ...stage, elsewhere } }));
    expect(shortfalls.join(' ')).toContain('The menu passed on 2 fields instead of 3.');
  });
});

describe('a call that goes to a person and back, fast', () => {
  let shown: Awaited<ReturnType<typeof show>>;
  beforeAll(async () => {
    shown = await show('person');
  });

  test('the person is told, has the caller, and gives them back with a note', () => {
    const { figures, report } = shown;
    expect(report.shortfalls).toEqual([]);
    expect(figures).toMatchObject({
      outcome: 'resolved',
      phoneSockets: 2,
      callerFramesLost: 0,
      talkLostMs: 0,
      factsTotal: 9,
      factsOnPage: 9,
      cameBack: 'Robin gets a new key by e-mail today.',
      legs: [
        { who: 'caller', how: 'completed, hangup-verb' },
        { who: 'person', how: 'completed, hangup-verb' },
      ],
      violations: 0,
    });
    expect(figures.whisper).toMatch(/Robin Example.*new API key still fails.*Press 1/);
    const { rungMs, acceptedMs, joinedMs, talkMs } = figures;
    expect(rungMs).toBeLessThan(1_000);
    expect([acceptedMs - rungMs, joinedMs - acceptedMs, talkMs].every((span) => span > 1_000)).toBe(true);
    expect(joinedMs).toBeLessThan(30_000);
    // A clock that skips waiting may run ahead of a store that works in real time: at real speed these are under a second or two.
    expect(figures.silenceBeforeMs).toBeLessThan(20_000);
    expect(figures.wordlessMs).toBeGreaterThan(figures.silenceBeforeMs);
    expect(figures.silencePutThroughMs).toBeLessThan(20_000);
    expect(figures.returnMs).toBeGreaterThan(0);
    expect(figures.returnMs).toBeLessThan(20_000);
  });

  test('the page has a lane for the person, and what only they heard', () => {
    const { page } = shown;
    expect(page).toMatch(/reign who-person" style="left:\d+\.\d+%">Person/);
    expect(page).toContain('is told who it is');
    expect(page.match(/reign who-support/g)).toHaveLength(2);
    expect(text(page)).toContain('In the person’s ear only A caller: Robin Example');
    expect(text(page)).toContain('What came back with the caller Robin gets a new key by e-mail today.');
  });
});

describe('a transfer that goes wrong is no success', () => {
  const { person } = scenarios;
  const personsNumber = '+14155550199';

  const withPerson = async (instead: Person): Promise<string> => {
    const { direct, ...rest } = person.play({ callerFile: undefined, realKey: undefined });
    const play: Play = {
      ...rest,
      direct: async (scene) => {
        const cleanUp = await direct?.(scene);
        scene.stage.carrier.people.set(personsNumber, instead);
        return () => cleanUp?.();
      },
    };
    return person.report(await performing(play)).shortfalls.join(' ');
  };

  test('nobody takes the caller', async () => {
    const words = await withPerson({ kind: 'busy' });
    expect(words).toContain('The caller never had the person.');
    expect(words).toContain('The leg of the person did not end well: busy');
  });

  test('the person never reads the page, and writes nothing', async () => {
    const forgetful = human(async (leg: PersonLeg) => {
      await leg.heard('Press 1');
      leg.press('1');
      await leg.together();
      await leg.after(6_000);
      leg.press('*');
    });
    const words = await withPerson(forgetful);
    expect(words).toContain('Only 0 of 9 facts');
    expect(words).toContain('What the person wrote did not come back');
  });
});
