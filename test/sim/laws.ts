import type { StoredCall } from '../../store/context-store.ts';
import { brokenCall } from './call-laws.ts';
import { canariesIn } from './canary.ts';
import type { SimCarrier } from './sim-carrier.ts';
import type { SimNode } from './sim-node.ts';
import type { SimPhone } from './sim-phone.ts';
import type { SimSession } from './sim-session.ts';
import { tokensIn, unless } from './words.ts';
import type { SimWorld } from './world.ts';

/** Every law that a history broke when it had come to rest; in words, none if all is well. */
export const brokenLaws = (world: SimWorld, logs: readonly (StoredCall | undefined)[]): readonly string[] => [
  ...world.nodes.flatMap(restless),
  ...world.nodes.flatMap(({ sessions }) => sessions.flatMap(mixedUp)),
  ...world.callers.flatMap(unheard),
  ...world.callers.flatMap(({ phones }) => phones.flatMap(backAndForth)),
  ...heardElsewhere(world.callers),
  ...logs.flatMap((log, number) => (log === undefined ? [] : brokenCall(world, log, number))),
  ...countedTwice(world, logs),
];

/** Errors that are part of a rough life; a process that breaks is none of them. */
const expected = /^(a session failed|the end of this call is not stored yet)/;

/** After the calls nothing of them is left: no session, no timer, no error of ours. */
const restless = ({ name, clock, sessions, errors, calls }: SimNode): readonly string[] => {
  const surprises = errors.filter((text) => !expected.test(text));
  const open = sessions.filter(({ isOpen }) => isOpen).map(({ number }) => number);
  return [
    ...unless(surprises.length === 0, `${name} broke: ${surprises.join(' | ')}`),
    ...unless(open.length === 0, `${name}: sessions ${open.join()} stay open after the end`),
    ...unless(calls.live.length === 0, `${name}: a call is still live`),
    ...unless(clock.pending === 0, `${name}: ${clock.pending} timers are left`),
  ];
};

/** A session has one call: it hears nobody else's voice, and is told nobody else's words. */
const mixedUp = ({ number, voices, setup, toolOutputs, added, asks }: SimSession): readonly string[] => {
  const canaries = canariesIn(JSON.stringify([setup, toolOutputs, added, asks]));
  const calls = new Set([...voices, ...canaries]);
  return unless(calls.size <= 1, `session ${number} has to do with calls ${[...calls].join()}`);
};

/** After 1.5 s a tone says that somebody is there; it is looked for several times a second, and frames take time here. */
const longestSilenceMs = 2_500;

const unheard = ({ number, longestWait, complaints }: SimCarrier): readonly string[] => [
  ...unless(longestWait <= longestSilenceMs, `caller ${number} heard nothing for ${longestWait} ms, and nobody was bound`),
  ...complaints,
];

/** A session that was replaced is never heard again. */
const backAndForth = ({ callId, ticket, speakers }: SimPhone): readonly string[] =>
  unless(
    speakers.every((speaker, index) => index === 0 || speaker > (speakers[index - 1] ?? 0)),
    `${callId} ${ticket}: a session was heard again after another: ${speakers.join()}`,
  );

/** What a session says is heard on one call only. */
const heardElsewhere = (callers: readonly SimCarrier[]): readonly string[] => {
  const places = callers.flatMap(({ number, phones }) =>
    [...new Set(phones.flatMap(({ speakers }) => speakers))].map((speaker) => ({ number, speaker })),
  );
  return places.flatMap(({ number, speaker }, index) =>
    places.slice(0, index).some((other) => other.speaker === speaker && other.number !== number)
      ? [`session ${speaker} was heard on call ${number} and on another`]
      : [],
  );
};

/** What a session used stands in a log at most once; less of it when its process was killed. */
const countedTwice = ({ used }: SimWorld, logs: readonly (StoredCall | undefined)[]): readonly string[] => {
  const written = logs.reduce((sum, log) => sum + tokensIn(log?.events ?? []), 0);
  return unless(written <= used, `the logs have ${written} tokens, the models told of ${used}`);
};
