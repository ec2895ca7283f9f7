import { eventsOf, saysAfter } from '../scenarios/play.ts';
import { hangsUp, presses } from '../world/caller.ts';
import type { ChaosRow } from './row.ts';
import { at, callerSpoke, causesOf, factsOf, virtualRow } from './virtual-call.ts';

const opening = saysAfter('callerOpening', ['supportGreeting'], 500);
const stillFails = saysAfter('callerStillFails', ['supportLooksUp'], 5_000);
const patient = hangsUp({ after: 'agent-finished', quietMs: 8_000 });

/** The carrier's side: rows B14 to B27. */
export const phoneRows: readonly ChaosRow[] = [
  virtualRow({
    row: 'B14',
    fault: 'the media socket breaks, the caller is still there',
    expected: 'the same agent goes on: first sound <= 1.5 s, speaks <= 2.5 s',
    boundMs: 2_500,
    plan: (hit) => ({
      script: [opening, stillFails, patient],
      watch: (event, _, call) => {
        if (event.type !== 'tool-returned' || event.tool !== 'resetApiKey' || call.phoneSockets > 1) return;
        hit();
        call.stream?.drop();
      },
    }),
    proofs: (played) => [
      [`${played.call.phoneSockets} streams`, played.call.phoneSockets === 2],
      ['taken up', causesOf(played).includes('resume')],
    ],
  }),
  virtualRow({
    row: 'B15',
    fault: 'the media socket breaks because the caller is gone',
    expected: 'one final record, no ghost',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [opening],
      direct: (stage, call) =>
        at(
          stage,
          () => callerSpoke(call, 1_000),
          () => {
            hit();
            call.hangUp();
          },
        ),
    }),
    mayGiveUp: true,
    proofs: (played) => [['no resume', !causesOf(played).includes('resume')]],
  }),
  virtualRow({
    row: 'B18',
    fault: 'the voice webhook twice, and a second stream with the same token',
    expected: 'one session for the call',
    boundMs: 2_700,
    plan: (hit) => ({
      watch: (event, _, call) => {
        if (event.type !== 'bound' || event.cause !== 'answer') return;
        hit();
        void call.duplicateStream();
      },
      network: (url) => (url.endsWith('/twilio/voice') ? { lateMs: 20, twice: true } : undefined),
    }),
    proofs: (played) => [
      [
        `greeted ${causesOf(played).filter((cause) => cause === 'answer').length} time`,
        causesOf(played).filter((cause) => cause === 'answer').length === 1,
      ],
    ],
  }),
  virtualRow({
    row: 'B19',
    fault: 'status callbacks come twice and 4 s late',
    expected: 'one final record',
    boundMs: 2_700,
    plan: (hit) => ({
      direct: hit,
      network: (url) => (url.endsWith('/twilio/status') ? { lateMs: 4_000, twice: true } : undefined),
    }),
  }),
  virtualRow({
    row: 'B20',
    fault: 'marks never come back',
    expected: 'turns go on, the goodbye still ends the call',
    boundMs: 2_700,
    plan: (hit) => ({
      direct: (_, call) => {
        hit();
        queueMicrotask(() => call.stream?.swallowMarks());
      },
    }),
    proofs: ({ events }) => [['ended by the agent', eventsOf(events, 'call-ended')[0]?.reason === 'agent-ended']],
  }),
  virtualRow({
    row: 'B22',
    fault: 'the carrier stops reading for 20 s',
    expected: 'old speech is dropped, never the call',
    boundMs: 25_000,
    plan: (hit) => ({
      script: [opening, patient],
      direct: (stage, call) =>
        at(
          stage,
          () => callerSpoke(call, 500),
          () => {
            hit();
            const stalled = call.stream;
            stalled?.stallReading(true);
            const since = call.record.now;
            at(
              stage,
              () => call.record.now > since + 20_000,
              () => stalled?.stallReading(false),
            );
          },
        ),
    }),
  }),
  virtualRow({
    row: 'B23',
    fault: 'frames that are none, between frames',
    expected: 'dropped and counted, nothing else',
    boundMs: 4_700,
    plan: (hit) => ({
      script: [opening, patient],
      direct: (stage, call) =>
        at(
          stage,
          () => callerSpoke(call, 20),
          () => {
            hit();
            call.stream?.sendRaw('{"event":"media","media":{"timestamp":"-5","chunk":"x","payload":"@@@"}}');
            call.stream?.sendRaw('{"event":"media"');
          },
        ),
    }),
    proofs: (played) => [['one stream', played.call.phoneSockets === 1]],
  }),
  virtualRow({
    row: 'B26',
    fault: 'the caller hangs up in the middle of a handoff',
    expected: 'all is over within 2 s, one record',
    boundMs: 2_700,
    mayGiveUp: true,
    plan: (hit) => ({
      watch: (event, _, call) => {
        if (event.type !== 'handoff-requested') return;
        hit();
        call.hangUp();
      },
    }),
    proofs: ({ events }) => [['the handoff was called off', eventsOf(events, 'handoff-failed').length === 1]],
  }),
  virtualRow({
    row: 'B27',
    fault: 'a storm of keys',
    expected: 'the call goes on',
    boundMs: 4_000,
    plan: (hit) => ({
      script: [presses('123456789*0#'.repeat(4)), saysAfter('callerOpening', [], 500), patient],
      direct: hit,
    }),
    proofs: (played) => [
      [`${factsOf(played, 'digit-pressed').length} keys`, factsOf(played, 'digit-pressed').length === 48],
    ],
  }),
];
