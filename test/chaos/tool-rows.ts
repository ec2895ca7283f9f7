import { ms } from '../../infra/brand.ts';
import { eventsOf, type Played, saysAfter } from '../scenarios/play.ts';
import { anna, asks, outcomes, takes, withPeople } from '../scenarios/play-person.ts';
import { hangsUp, interrupts } from '../world/caller.ts';
import type { PersonScript } from '../world/carrier/person.ts';
import { clip } from '../world/voices/clips.ts';
import type { ChaosRow } from './row.ts';
import { causesOf, virtualRow } from './virtual-call.ts';

const opening = saysAfter('callerOpening', ['supportGreeting'], 500);
const stillFails = saysAfter('callerStillFails', ['supportLooksUp'], 6_000);
const patient = hangsUp({ after: 'agent-finished', quietMs: 8_000 });

const human = { number: anna };
const withPerson = (person: PersonScript) => ({
  script: [asks],
  line: withPeople({ human }),
  carrier: { people: { [anna]: person } },
});

const boundTo = ({ events }: Played): readonly string[] => eventsOf(events, 'bound').map(({ agent }) => agent);

/** Tools, handoffs and people: rows B57 to B68. */
export const toolRows: readonly ChaosRow[] = [
  virtualRow({
    row: 'B57',
    fault: 'a tool hangs for a minute',
    expected: 'a sound after 1.5 s, given up in <= 10 s, the model is told',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [opening, hangsUp({ after: 'agent-finished', quietMs: 14_000 })],
      slowTool: { path: '/api-key/reset', ms: 60_000 },
      watch: (event) => {
        if (event.type === 'tool-called' && event.tool === 'resetApiKey') hit();
      },
    }),
    proofs: ({ events }) => {
      const result = eventsOf(events, 'tool-returned').find(({ tool }) => tool === 'resetApiKey');
      return [
        [
          `${result?.status} after ${Math.round(result?.durationMs ?? Number.NaN)} ms`,
          result !== undefined && result.status !== 'ok' && result.durationMs <= 10_000,
        ],
      ];
    },
  }),
  virtualRow({
    row: 'B58',
    fault: 'the back office fails every request',
    expected: 'the model is told, the agent speaks of it, the call goes on',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [opening, patient],
      direct: ({ backOffice }) => {
        hit();
        backOffice.state.failure = 500;
      },
    }),
    proofs: ({ events }) => [
      ['the tool failed', eventsOf(events, 'tool-returned').some(({ status }) => status === 'error')],
      ['the agent spoke of it', eventsOf(events, 'agent-said').length >= 3],
    ],
  }),
  virtualRow({
    row: 'B60',
    fault: 'the stream breaks while a tool that can’t be undone is at work',
    expected: 'it runs at most once, the next session knows how it ended or that this is not known',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [opening, stillFails, patient],
      slowTool: { path: '/api-key/reset', ms: 2_000 },
      watch: (event, _, call) => {
        if (event.type !== 'tool-called' || event.tool !== 'resetApiKey' || call.phoneSockets > 1) return;
        hit();
        call.stream?.drop();
      },
    }),
    proofs: ({ stage, events }) => [
      [`${stage.backOffice.state.resets.size} resets`, stage.backOffice.state.resets.size <= 1],
      [
        `the log has it: ${eventsOf(events, 'tool-returned').find(({ tool }) => tool === 'resetApiKey')?.status}`,
        eventsOf(events, 'tool-returned').filter(({ tool }) => tool === 'resetApiKey').length === 1,
      ],
    ],
  }),
  virtualRow({
    row: 'B61',
    fault: 'the specialist’s session can not be opened',
    expected: 'the caller stays with the first agent, who says so in <= 3 s',
    boundMs: 3_000,
    plan: (hit) => ({
      script: [opening, stillFails, patient],
      watch: (event, { model }) => {
        if (event.type !== 'solution-tried') return;
        hit();
        model.inject({ type: 'refuse-handshake', status: 500 });
      },
    }),
    proofs: (played) => [
      ['the handoff failed', eventsOf(played.events, 'handoff-failed').length === 1],
      ['with the first agent', boundTo(played).at(-1) === 'support'],
    ],
  }),
  virtualRow({
    row: 'B62',
    fault: 'the specialist’s session dies in its first words',
    expected: 'the specialist is built again, not the first agent; sound in <= 2 s',
    boundMs: 2_000,
    plan: (hit) => ({
      script: [opening, stillFails, patient],
      watch: (event, { model }) => {
        if (event.type !== 'handoff-committed') return;
        hit();
        model.sessionOf('technical')?.drop();
      },
    }),
    proofs: (played) => [
      [`then: ${boundTo(played).at(-1)}, ${causesOf(played).at(-1)}`, boundTo(played).at(-1) === 'technical'],
    ],
  }),
  virtualRow({
    row: 'B65',
    fault: 'a handoff while a tool is at work',
    expected: 'its result reaches the specialist, it is not run again',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [
        saysAfter('callerOpening', ['supportGreeting']),
        interrupts(clip('callerWantsSpecialist'), { afterMs: 3_000 }),
        hangsUp({ after: 'agent-finished', quietMs: 6_000 }),
      ],
      slowTool: { path: '/api-key/reset', ms: 7_800 },
      watch: (event) => {
        if (event.type === 'handoff-requested') hit();
      },
    }),
    proofs: ({ stage }) => {
      const items = stage.model.sessionOf('technical')?.record.items ?? [];
      const isKnown = items.some((item) => item.type === 'function_call_output' && /ak_live_R/.test(item.output));
      return [
        ['known to the specialist', isKnown],
        [`${stage.backOffice.state.resets.size} reset`, stage.backOffice.state.resets.size === 1],
      ];
    },
  }),
  virtualRow({
    row: 'B66',
    fault: 'the person does not answer',
    expected: 'the caller is with the agent all the time, who says so',
    boundMs: 2_700,
    plan: (hit) => ({
      ...withPerson({ kind: 'never' }),
      watch: (event, stage, call) => {
        if (event.type === 'transfer-requested') hit();
        if (event.type === 'transfer-failed') stage.clock.after(ms(6_000), () => call.hangUp());
      },
    }),
    proofs: (played) => [[outcomes(played).join(', '), outcomes(played).join() === 'human no-answer']],
  }),
  virtualRow({
    row: 'B66',
    fault: 'a voicemail answers the person’s phone',
    expected: 'the caller never hears it, the agent says so',
    boundMs: 2_700,
    plan: (hit) => ({
      ...withPerson({ kind: 'machine', ringMs: 2_000, greeting: clip('personHello') }),
      watch: (event, stage, call) => {
        if (event.type === 'transfer-requested') hit();
        if (event.type === 'transfer-failed') stage.clock.after(ms(6_000), () => call.hangUp());
      },
    }),
    proofs: (played) => [[outcomes(played).join(', '), outcomes(played).length === 1]],
  }),
  virtualRow({
    row: 'B67',
    fault: 'the person’s line is gone in mid-talk',
    expected: 'the caller is back with the agent, first sound <= 1.5 s, speaks <= 2.5 s',
    boundMs: 2_500,
    plan: (hit) => {
      const person = takes(async (leg) => {
        await leg.after(3_000);
        hit();
        leg.call.hangUp();
      });
      return {
        ...withPerson(person),
        watch: (event, stage, call) => {
          if (event.type === 'bound' && event.cause === 'return') stage.clock.after(ms(8_000), () => call.hangUp());
        },
      };
    },
    proofs: (played) => [
      [outcomes(played).join(', '), outcomes(played).join() === 'human left'],
      ['back with an agent', causesOf(played).includes('return')],
    ],
  }),
  virtualRow({
    row: 'B68',
    fault: 'an IVR hands over with garbage',
    expected: 'nothing is taken from it; the agent answers and asks',
    boundMs: 2_700,
    plan: (hit) => ({
      script: [opening, patient],
      extra: {
        __proto__x: '1',
        intake: '{"'.repeat(200),
        'SipHeader_X-Account': '\u0000\u202e<Hangup/>'.repeat(30),
      },
      direct: hit,
    }),
    proofs: (played) => [['answered', causesOf(played)[0] === 'answer']],
  }),
];
