import { type CallId, ms, parseCallId } from '../../infra/brand.ts';
import { ThroughlineError } from '../../infra/errors.ts';
import type { ContextBundle } from '../../store/context/bundle.ts';
import { callerNumber } from '../world/article.ts';
import { Caller, type CallerOutcome } from '../world/caller.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import type { SessionRecord } from '../world/model/record.ts';
import { dialledNumber, raiseStage, type Stage } from '../world/stage.ts';
import { noisyLine } from './line-noise.ts';
import type { Play } from './play.ts';
import { Story } from './story.ts';

export interface PerformOptions {
  readonly mode: 'wire' | 'fast';
  /** `STORE` setting. */
  readonly store: string;
  readonly play: Play;
  /** The real model's key; undefined: the simulated model. */
  readonly realKey: string | undefined;
  readonly realBaseUrl: string | undefined;
  /** Called when the phone rings, before anything happened: `now` is call time in ms. */
  readonly curtainUp: (story: Story, time: { readonly now: () => number; readonly stage: Stage }) => void;
}

/** A call that is over, with all that its witnesses know. */
export interface Performance {
  readonly callId: CallId;
  readonly call: PhoneCall;
  /** The phones of people who were rung, in order. */
  readonly people: readonly PhoneCall[];
  readonly story: Story;
  /** `too-slow`: it was cut off at its time limit. */
  readonly callerOutcome: CallerOutcome | 'too-slow';
  /** What the model server knows; undefined when the model was the real one. */
  readonly sessions: readonly SessionRecord[] | undefined;
  readonly bundle: ContextBundle | undefined;
  /** Wall time of the first ring, ms since 1970. */
  readonly startedAt: number;
}

/** The call's id, as the carrier's sid has it. */
export const callIdOf = (call: PhoneCall): CallId => {
  const callId = parseCallId(call.sid);
  if (callId === undefined) throw new ThroughlineError('demo-call-id', `${call.sid} is no CallSid.`);
  return callId;
};

/** Has the call, from the first ring to the hang-up, on a stage of its own. */
export const perform = async (options: PerformOptions): Promise<Performance> => {
  let story: Story | undefined;
  const { mode, store, play, realKey, realBaseUrl: baseUrl } = options;
  const stage = await raiseStage({
    ...play.stage,
    mode,
    store,
    onEvent: (_, event) => story?.learn(event),
    ...(realKey === undefined ? {} : { real: { apiKey: realKey, baseUrl } }),
  });
  let cleanUp = () => {};
  try {
    const startedAt = stage.clock.wall();
    const call = stage.carrier.call({ from: callerNumber, to: dialledNumber });
    call.record.spoken.write(0, noisyLine(play.limitMs + 5_000));
    const now = () => call.record.now;
    story = new Story({ now, from: callerNumber, to: dialledNumber, lines: play.lines, announcer: play.announcer });
    options.curtainUp(story, { now, stage });
    call.events.listen((fact) => story?.note(fact));
    cleanUp = (await play.direct?.({ stage, call, story })) ?? cleanUp;
    const callerOutcome = await have(stage, call, options);
    const callId = callIdOf(call);
    const bundle = await finalBundle(stage, callId);
    return {
      callId,
      call,
      people: [...stage.carrier.legs.values()].filter((leg) => leg !== call),
      story,
      callerOutcome,
      sessions: realKey === undefined ? stage.model.records : undefined,
      bundle,
      startedAt,
    };
  } finally {
    cleanUp();
    await stage.close();
  }
};

const have = async (stage: Stage, call: PhoneCall, { play }: PerformOptions): Promise<Performance['callerOutcome']> => {
  const { script, limitMs, patienceMs = 30_000 } = play;
  let cutOff = false;
  const cancel = stage.clock.after(ms(limitMs), () => {
    cutOff = true;
    for (const leg of stage.carrier.legs.values()) leg.hangUp();
  });
  const caller = new Caller({ call, script, patienceMs }).run();
  const [outcome] = await stage.play(Promise.all([caller, call.ended]));
  // Whoever else was on the call hangs up, too, or is hung up on.
  await stage.play(Promise.all([...stage.carrier.legs.values()].map(({ ended }) => ended)));
  cancel();
  return cutOff ? 'too-slow' : outcome;
};

/** The bundle when the gateway has said its last word on the call, or what there is after two seconds. */
const finalBundle = async (stage: Stage, callId: CallId): Promise<ContextBundle | undefined> => {
  const deadline = performance.now() + 2_000;
  for (;;) {
    const bundle = await stage.gateway.calls.bundle(callId);
    if (bundle?.ended !== undefined || performance.now() > deadline) return bundle;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
