import { beforeAll, describe, expect, test } from 'vitest';
import type { SessionRecord } from '../world/model/record.ts';
import { measure, shortfalls } from './measure.ts';
import { type Performance, perform } from './perform.ts';
import { article } from './scenarios/article.ts';

const options = {
  mode: 'fast',
  store: 'sqlite::memory:',
  play: article.play({ callerFile: undefined, realKey: undefined }),
  realKey: undefined,
  realBaseUrl: undefined,
  curtainUp: () => {},
} as const;

/** The same call, had one session received other audio. */
const withAppended = (
  performed: Performance,
  { number, edit }: { readonly number: number; readonly edit: (pieces: readonly Buffer[]) => Buffer[] },
): Performance => ({
  ...performed,
  sessions: performed.sessions?.map((session, at) =>
    at === number ? { ...session, appended: edit(session.appended) } : session,
  ),
});

describe('what is measured of a call', () => {
  let performed: Performance;
  let sessions: readonly SessionRecord[];
  beforeAll(async () => {
    performed = await perform(options);
    sessions = performed.sessions ?? [];
  });

  test('a good call has no shortfalls', () => {
    expect(shortfalls(measure(performed))).toEqual([]);
  });

  test.each([
    ['the first session, in silence', 0, 60],
    ['the first session, in speech', 0, 300],
    ['the first session, in a loud vowel', 0, 330],
    ['the last piece before the handoff', 0, -1],
    ['the first piece after the handoff', 1, 0],
    ['the second session', 1, 700],
  ])('one frame planted as lost in %s is found', (_, number, piece) => {
    const edit = (pieces: readonly Buffer[]) => pieces.toSpliced(piece, 1);
    const figures = measure(withAppended(performed, { number, edit }));
    expect(figures.callerFramesLost).toBe(1);
    expect(shortfalls(figures)).toEqual(['1 frame of the caller reached no session.']);
  });

  test('a frame that comes later than the next one is a loss', () => {
    const edit = (pieces: readonly Buffer[]) => {
      const [one, other] = [pieces[400], pieces[401]].map((piece) => Buffer.from(piece ?? []));
      return pieces.toSpliced(400, 2, other ?? Buffer.alloc(0), one ?? Buffer.alloc(0));
    };
    expect(measure(withAppended(performed, { number: 1, edit })).callerFramesLost).toBeGreaterThan(0);
  });

  test('facts that the specialist was not given are not carried', () => {
    const forgetful = sessions.map((session) => ({
      ...session,
      items: session.items.map((item) =>
        item.type === 'function_call_output' ? { ...item, output: item.output.replaceAll('acct_1042', '') } : item,
      ),
    }));
    const figures = measure({ ...performed, sessions: forgetful });
    expect(figures).toMatchObject({ factsTotal: 10, factsCarried: 9 });
    expect(shortfalls(figures)).toEqual(['Only 9 of 10 facts were carried to the specialist.']);
  });

  test.each([
    ['the bundle', (whole: Performance) => ({ ...whole, bundle: undefined })],
    [
      'the model',
      (whole: Performance) => ({ ...whole, sessions: whole.sessions?.map((one) => ({ ...one, responses: [] })) }),
    ],
  ])('a call that %s does not call resolved is not resolved', (_, change) => {
    expect(measure(change(performed)).outcome).toBe('not-resolved');
  });

  test('a caller who gave up was not helped', () => {
    expect(measure({ ...performed, callerOutcome: 'gave-up' }).outcome).toBe('caller-gave-up');
    expect(measure({ ...performed, callerOutcome: 'too-slow' }).outcome).toBe('too-slow');
  });

  test('what only the model server can know is null without it', () => {
    const figures = measure({ ...performed, sessions: undefined });
    expect(figures).toMatchObject({ outcome: 'resolved', phoneSockets: 1, callerFramesLost: null, factsCarried: null });
    expect(shortfalls(figures)).toEqual([]);
  });

  test('complaints of the model server are counted', () => {
    const violation = { code: 'beta', event: 'session.update', message: 'no' };
    const complained = sessions.map((session, at) => (at === 0 ? { ...session, violations: [violation] } : session));
    expect(measure({ ...performed, sessions: complained })).toMatchObject({ violations: 1, violationCodes: ['beta'] });
  });
});
