import type { CallId } from '../../../infra/brand.ts';
import { type CallerStep, says } from '../../world/caller.ts';
import { human, type PersonLeg } from '../../world/carrier/person.ts';
import { recogniseClips } from '../../world/model/hearing.ts';
import { type ClipName, clip } from '../../world/voices/clips.ts';
import { afterHearing, audibleMsOf, linesOfClips, runsOut, type SpokenLine } from '../caller-lines.ts';
import { Desk } from '../desk.ts';
import { callIdOf } from '../perform.ts';
import { watchForPerson } from '../person-watch.ts';
import type { Play, Scene } from '../play.ts';
import { reportToPerson } from '../report-person.ts';
import type { Scenario } from '../scenario.ts';

/** How long the person's phone rings. */
const ringMs = 5_000;
/** Fictional, as all numbers of this demo. */
const personsNumber = '+14155550199';
const note = 'Robin gets a new key by e-mail today.';
const callerClips: readonly ClipName[] = ['callerOpening', 'callerFailsWantsPerson', 'callerThanksPerson', 'callerAllDone'];
const personClips: readonly ClipName[] = ['personHello', 'personGivesBack'];

const cues: readonly (readonly [heard: readonly ClipName[], quietMs: number])[] = [
  [['supportGreeting'], 500],
  [['supportLooksUp', 'supportPro', 'supportReset'], 1_500],
  [['supportToPerson', 'supportRings', 'supportPutsThrough', 'personHello'], 800],
  [['personGivesBack', 'supportRefund'], 900],
];

const scriptOf = (lines: readonly SpokenLine[]): CallerStep[] => [
  ...cues.map(([heard, quietMs], at) => says(lines[at]?.mulaw ?? new Uint8Array(), afterHearing(heard, quietMs))),
  runsOut,
];

/** Until the caller has answered: nearly as much was heard as they say, and then a pause. */
const untilAnswered = async (leg: PersonLeg, answer: ClipName): Promise<void> => {
  const { agentEar } = leg.call.record;
  const before = agentEar.audibleMs;
  await leg.until(() => agentEar.audibleMs - before >= 0.9 * audibleMsOf(clip(answer)));
  await leg.until(() => leg.call.record.now - agentEar.lastLoudMs >= 700);
};

interface Shift {
  readonly scene: Scene;
  readonly desk: Desk;
  readonly callId: CallId;
}

/** Reads who it is, takes the caller, writes down what was agreed, and gives them back. */
const works =
  ({ scene, desk, callId }: Shift) =>
  async (leg: PersonLeg): Promise<void> => {
    const { story, call } = scene;
    const page = await desk.page(callId);
    story.tell({ kind: 'page-read', at: call.record.now, page: await desk.read(page) });
    await leg.heard('Press 1');
    await leg.after(500);
    leg.press('1');
    await leg.together();
    await leg.after(400);
    await leg.speak(clip('personHello'));
    await untilAnswered(leg, 'callerThanksPerson');
    await desk.write(page, note);
    story.tell({ kind: 'wrote', at: call.record.now, notes: note });
    await leg.speak(clip('personGivesBack'));
    await leg.after(200);
    leg.press('*');
    await leg.heard('with the assistant again');
  };

const direct = async (scene: Scene): Promise<() => void> => {
  watchForPerson(scene, linesOfClips(personClips));
  const desk = await Desk.open(scene.stage);
  scene.stage.carrier.people.set(personsNumber, human(works({ scene, desk, callId: callIdOf(scene.call) }), ringMs));
  return () => desk.close();
};

const play = (): Play => {
  const lines = linesOfClips(callerClips);
  return {
    lines,
    script: scriptOf(lines),
    limitMs: 110_000,
    patienceMs: 60_000,
    stage: { settings: { THROUGHLINE_HUMANS: `human=${personsNumber}` }, carrier: {}, hear: recogniseClips },
    direct,
  };
};

/** A warm transfer to a person, and back. */
export const toPerson: Scenario = {
  title: 'A caller who wants a person, gets one, and comes back',
  length: 'about a minute and a half',
  lanes: ['caller', 'support', 'person'],
  heard: 'the agent and the person',
  play,
  report: reportToPerson,
};
