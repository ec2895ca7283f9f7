import { describe, expect, it } from 'vitest';
import { advance, noteError, type Phase, type PhaseInput, sortError } from '../../../agents/openai/lifecycle.ts';

const up = ['socket-opened', 'session-created', 'session-updated'] as const;
const failure = { code: 'x', message: 'm', fatal: true };

const run = (inputs: readonly PhaseInput[]) => {
  let phase: Phase = 'connecting';
  const effects = inputs.flatMap((input) => {
    const step = advance(phase, input);
    phase = step.phase;
    return step.effects.map((effect) => effect.type);
  });
  return { phase, effects };
};

const climb = (steps: number): PhaseInput[] => up.slice(0, steps).map((type) => ({ type }));
const gone: PhaseInput = { type: 'socket-closed', code: 1006, reason: '' };

describe('the life of a session', () => {
  it.each<[string, PhaseInput[], { phase: Phase; effects: string[] }]>([
    ['comes up in order', climb(3), { phase: 'ready', effects: ['send-configuration', 'send-history', 'announce-ready'] }],
    [
      'is configured once',
      [...climb(2), { type: 'session-created' }],
      { phase: 'configuring', effects: ['send-configuration'] },
    ],
    ['is not ready before it is configured', [...climb(1), { type: 'session-updated' }], { phase: 'opened', effects: [] }],
    [
      'is announced once',
      [...climb(3), { type: 'session-updated' }],
      { phase: 'ready', effects: ['send-configuration', 'send-history', 'announce-ready'] },
    ],
    [
      'fails once, the first cause wins',
      [...climb(1), { type: 'failed', failure }, { type: 'failed', failure }, gone, gone],
      { phase: 'closed', effects: ['announce-failure', 'close-socket', 'announce-closed'] },
    ],
    [
      'fails when it closes before it is ready',
      [...climb(1), gone],
      { phase: 'closed', effects: ['announce-failure', 'announce-closed'] },
    ],
    [
      'ends without a failure when it was ready',
      [...climb(3), gone],
      { phase: 'closed', effects: [...run(climb(3)).effects, 'announce-closed'] },
    ],
    [
      'closes once',
      [...climb(1), { type: 'close-asked' }, { type: 'close-asked' }, gone, { type: 'close-asked' }],
      { phase: 'closed', effects: ['close-socket', 'announce-closed'] },
    ],
    [
      'does nothing more while it ends',
      [...climb(1), { type: 'close-asked' }, { type: 'session-created' }],
      { phase: 'ending', effects: ['close-socket'] },
    ],
  ])('%s', (_, inputs, outcome) => expect(run(inputs)).toEqual(outcome));

  it.each([
    [4000, true],
    [1001, false],
  ])('closed with %i before it is ready: fatal %s', (code, fatal) => {
    const { effects } = advance('opened', { type: 'socket-closed', code, reason: '' });
    expect(effects[0]).toMatchObject({ type: 'announce-failure', failure: { code: 'closed_before_ready', fatal } });
  });
});

describe('errors', () => {
  it.each([
    ['insufficient_quota', 'fatal'],
    ['invalid_api_key', 'fatal'],
    ['account_deactivated', 'fatal'],
    ['billing_hard_limit_reached', 'fatal'],
    ['model_not_found', 'fatal'],
    ['beta_api_shape_disabled', 'fatal'],
    ['session_expired', 'expired'],
    ['conversation_already_has_active_response', 'retry'],
    ['server_error', 'retry'],
    ['response_cancel_not_active', 'ignore'],
    ['item_truncate_invalid_item_id', 'ignore'],
    ['invalid_value', 'count'],
    ['rate_limit_exceeded', 'busy'],
    ['something_new', 'count'],
    ['constructor', 'count'],
  ])('%s -> %s', (code, sort) => expect(sortError(code)).toBe(sort));

  it('are too many at the sixth within ten seconds', () => {
    const note = (at: readonly number[]) =>
      at.reduce((seen, now) => noteError(seen.times, now), { times: [], tooMany: false } as ReturnType<typeof noteError>);
    expect(note([0, 1, 2, 3, 4]).tooMany).toBe(false);
    expect(note([0, 1, 2, 3, 4, 9_999]).tooMany).toBe(true);
    expect(note([0, 1, 2, 3, 4, 10_000]).tooMany).toBe(false);
  });
});
