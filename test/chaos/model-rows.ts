import { eventsOf, saysAfter } from '../scenarios/play.ts';
import { hangsUp, interrupts } from '../world/caller.ts';
import type { Fault } from '../world/model/faults.ts';
import { type ClipName, clip, clipOf } from '../world/voices/clips.ts';
import type { ChaosRow } from './row.ts';
import { at, callerSpoke, causesOf, factsOf, virtualRow } from './virtual-call.ts';

const opening = saysAfter('callerOpening', ['supportGreeting'], 500);
const patient = hangsUp({ after: 'agent-finished', quietMs: 8_000 });
const stillFails = saysAfter('callerStillFails', ['supportLooksUp'], 4_000);

const isOpening = (words: string | null): boolean => words === clipOf('callerOpening' satisfies ClipName).text;

const refusals = (count: number, status: number): readonly Fault[] =>
  Array.from({ length: count }, () => ({ type: 'refuse-handshake', status }) as const);

/** The model side: rows B1 to B13. */
export const modelRows: readonly ChaosRow[] = [
  virtualRow({
    row: 'B1',
    fault: 'the Realtime socket dies in the middle of a sentence',
    expected: 'the agent goes on in <= 2 s, no second greeting, no event lost',
    boundMs: 2_000,
    plan: (hit) => ({
      script: [opening, stillFails, patient],
      watch: (event, { model }) => {
        if (event.type === 'tool-called' && event.tool === 'resetApiKey') {
          model.inject({ type: 'drop-in-audio', afterMs: 1_000 }, 'support');
          hit();
        }
      },
    }),
    proofs: (played) => [
      ['one session was lost', causesOf(played).includes('session-lost')],
      ['no second greeting', !/Hello/.test(played.stage.model.records[1]?.responses[0]?.words ?? '')],
    ],
  }),
  virtualRow({
    row: 'B2',
    fault: 'the Realtime socket dies while the caller speaks',
    expected: 'the next session hears all that was said; answer in <= 2.5 s',
    boundMs: 2_500,
    plan: (hit) => ({
      script: [opening, patient],
      direct: (stage, call) =>
        at(
          stage,
          () => callerSpoke(call, 1_500),
          () => {
            hit();
            stage.model.sessionOf('support')?.drop();
          },
        ),
    }),
    proofs: ({ stage }) => [
      ['every word reached the next session', isOpening(stage.model.records[1]?.turns[0]?.words ?? null)],
    ],
  }),
  virtualRow({
    row: 'B3',
    fault: 'the model stalls: the socket is open, nothing comes',
    expected: 'a sound in <= 2.5 s + 0.2 s, a new session that answers',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [opening, patient],
      direct: (stage, call) =>
        at(
          stage,
          () => callerSpoke(call, 20),
          () => {
            hit();
            stage.model.inject({ type: 'mute' }, 'support');
          },
        ),
    }),
    proofs: (played) => [
      ['replaced', causesOf(played).includes('session-lost')],
      ['answered', (played.stage.model.records[1]?.responses[0]?.words ?? '') !== ''],
    ],
  }),
  virtualRow({
    row: 'B4',
    fault: '429 at connect, three times',
    expected: 'the caller hears something in <= 2 s, an agent in <= 10 s',
    boundMs: 2_000,
    plan: (hit) => ({
      script: [opening, patient],
      direct: ({ model }) => {
        hit();
        for (const fault of refusals(3, 429)) model.inject(fault);
      },
    }),
    proofs: (played) => {
      const [first] = eventsOf(played.events, 'bound');
      const began = eventsOf(played.events, 'call-started')[0]?.at ?? 0;
      const waited = (first?.at ?? Number.POSITIVE_INFINITY) - began;
      return [[`agent after ${Math.round(waited)} ms`, waited <= 10_000]];
    },
  }),
  virtualRow({
    row: 'B4',
    fault: 'a response fails for its rate limit in mid-call',
    expected: 'the answer comes after all; a sound in <= 2.7 s',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [opening, patient],
      direct: (stage, call) =>
        at(
          stage,
          () => callerSpoke(call, 20),
          () => {
            hit();
            stage.model.inject({ type: 'fail-response', code: 'rate_limit_exceeded' }, 'support');
          },
        ),
    }),
    proofs: ({ events }) => [['the key was reset', events.some((event) => event.type === 'tool-returned')]],
  }),
  virtualRow({
    row: 'B5',
    fault: '503 at connect in mid-call, three times after a lost socket',
    expected: 'the call goes on; a sound in <= 2 s',
    boundMs: 2_000,
    plan: (hit) => ({
      script: [opening, stillFails, patient],
      watch: (event, { model }) => {
        if (event.type !== 'tool-called' || event.tool !== 'resetApiKey') return;
        hit();
        for (const fault of refusals(3, 503)) model.inject(fault);
        model.inject({ type: 'drop-in-audio', afterMs: 500 }, 'support');
      },
    }),
    proofs: ({ stage }) => [[`${stage.model.refused.length} refusals`, stage.model.refused.length === 3]],
  }),
  virtualRow({
    row: 'B6',
    fault: 'a fatal answer at connect (401)',
    expected: 'no retry loop: words or a person in <= 2 s',
    boundMs: 2_000,
    mayGiveUp: true,
    plan: (hit) => ({
      script: [patient],
      direct: ({ model }) => {
        hit();
        for (const fault of refusals(20, 401)) model.inject(fault);
      },
    }),
    proofs: (played) => {
      const said = factsOf(played, 'say-started')[0]?.at ?? Number.POSITIVE_INFINITY;
      const { length } = played.stage.model.refused;
      return [
        [`words after ${Math.round(said)} ms`, said <= 2_000],
        [`${length} tries`, length <= 2],
      ];
    },
  }),
  virtualRow({
    row: 'B7',
    fault: 'sessions that reach their end (24 s in place of 60 min)',
    expected: 'moved before, in a pause: seamless, <= 200 ms beyond the model',
    boundMs: 2_500,
    plan: (hit) => ({ sessionLifeMs: 24_000, direct: hit }),
    proofs: (played) => [
      [
        `${causesOf(played).filter((cause) => cause === 'rotation').length} rotations`,
        causesOf(played).filter((cause) => cause === 'rotation').length >= 2,
      ],
      ['no session lost', !causesOf(played).includes('session-lost')],
      ['nothing cleared', factsOf(played, 'cleared').length === 0],
    ],
  }),
  virtualRow({
    row: 'B9',
    fault: 'a response.done that nobody announced; a tool call announced twice; arguments that are not JSON',
    expected: 'ignored, counted; the call goes on as if nothing had been',
    boundMs: 2_700,
    plan: (hit) => ({
      direct: ({ model }) => {
        hit();
        model.inject({ type: 'stray-done' }, 'support');
        model.inject({ type: 'announce-twice' }, 'support');
        model.inject({ type: 'break-arguments' }, 'support');
      },
    }),
  }),
  virtualRow({
    row: 'B11',
    fault: 'barge-in while the last words of an answer play',
    expected: 'cleared at once, one answer',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [opening, interrupts(clip('callerInterrupts'), { afterMs: 3_000 }), patient],
      direct: hit,
    }),
    proofs: (played) => [['cleared', factsOf(played, 'cleared').length >= 1]],
  }),
  virtualRow({
    row: 'B13',
    fault: 'the model can not be had at all',
    expected: 'words to a new caller, and a polite end; a sound in <= 2 s',
    boundMs: 2_000,
    mayGiveUp: true,
    plan: (hit) => ({
      script: [patient],
      direct: ({ model }) => {
        hit();
        for (const fault of refusals(40, 503)) model.inject(fault);
      },
    }),
    proofs: (played) => [[`heard: ${played.call.record.said.length} texts`, played.call.record.said.length >= 1]],
  }),
];
