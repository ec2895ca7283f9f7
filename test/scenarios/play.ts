import { expect } from 'vitest';
import { disclosureOf } from '../../agents/disclosure.ts';
import type { ContextEvent } from '../../store/context/event.ts';
import { callerLines, callerNumber } from '../world/article.ts';
import { Caller, type CallerOutcome, type CallerStep, says } from '../world/caller.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { SpeechDetector, Track } from '../world/carrier/track.ts';
import { readAloud } from '../world/carrier.ts';
import { dialledNumber, publicUrl, raiseStage, type Stage, type StageOptions } from '../world/stage.ts';
import { type ClipName, clip } from '../world/voices/clips.ts';

/** Milliseconds of a clip that a listener would call sound. */
const audibleMs = (name: ClipName): number => {
  const track = new Track();
  const bytes = clip(name);
  track.write(0, bytes);
  const ear = new SpeechDetector(track, () => {});
  ear.advance(bytes.length / 8 + 1_000);
  return ear.audibleMs;
};

/** A step of the caller who waits until these clips were heard, and a moment longer. */
export const saysAfter = (line: ClipName, heard: readonly ClipName[], quietMs = 700): CallerStep =>
  says(clip(line), {
    after: 'agent-finished',
    quietMs,
    atLeastMs: 0.9 * heard.reduce((sum, name) => sum + audibleMs(name), 0),
  });

/** The caller of the article. */
export const articleScript: readonly CallerStep[] = callerLines.map(({ clip: line, afterHearing, pauseMs }) =>
  saysAfter(line, afterHearing, pauseMs),
);

/** What every caller of a scenario hears first. */
const isDisclosure = (text: string): boolean =>
  [true, false].some((isRecorded) => disclosureOf({ language: 'en' }, isRecorded).words === text);

/** 200 ms without a sound: faults are timed from the start of a call, and scripts count what the agent says. */
const inPassing = new Uint8Array(1_600).fill(0xff);

/** Nothing was heard before the disclosure, which was heard to its end before a stream began. Once: whoever is taken up again knows. */
const expectDisclosed = ({ stage, call, events }: Omit<Played, 'outcome'>): void => {
  const { record } = call;
  const isRecorded = stage.settings.recording !== undefined;
  const { words } = disclosureOf({ language: 'en' }, isRecorded);
  const told = record.facts.filter((fact) => fact.type === 'say-ended' && fact.text === words && fact.whole);
  const opened = record.facts.findIndex(({ type }) => type === 'stream-opened');
  if (opened === -1) return; // it went elsewhere: no agent had it
  const heardFirst = record.facts.find(({ type }) => type === 'say-started' || type === 'stream-opened');
  expect(heardFirst).toMatchObject({ type: 'say-started', text: words });
  expect(told).toHaveLength(1);
  expect(record.facts.findLastIndex(({ type }, at) => type === 'say-ended' && at < opened)).toBeGreaterThan(-1);
  const noted = eventsOf(events, 'disclosed');
  expect(noted).toMatchObject([{ how: 'carrier', words, isRecorded }]);
};

export interface Played {
  readonly stage: Stage;
  readonly call: PhoneCall;
  readonly outcome: CallerOutcome;
  readonly events: readonly ContextEvent[];
}

export interface PlayOptions extends Partial<StageOptions> {
  readonly script?: readonly CallerStep[];
  /** Runs when the call has begun: plan faults, watch events. */
  readonly direct?: (stage: Stage, call: PhoneCall) => void;
  /** Hears of every context event as it happens. */
  readonly watch?: (event: ContextEvent, stage: Stage, call: PhoneCall) => void;
  readonly patienceMs?: number;
  /** More parameters of the carrier's webhooks. */
  readonly extra?: Readonly<Record<string, string>>;
  /** When the call is over, before the stage is closed. */
  readonly after?: (stage: Stage) => Promise<void>;
}

const isDisclosing = ({ settings }: Stage): boolean => settings.line.disclosure === 'on';

/** A stream that another application's TwiML opens has its words before it. */
const isAnsweredByUs = ({ voiceUrl, elsewhere }: PlayOptions): boolean =>
  elsewhere === undefined && (voiceUrl?.startsWith(`${publicUrl}/twilio/voice`) ?? true);

/** Plays one whole call in virtual time and closes the stage behind it. */
export const play = async (options: PlayOptions = {}): Promise<Played> => {
  const events: ContextEvent[] = [];
  const { say = readAloud } = options.carrier ?? {};
  let now: { readonly stage: Stage; readonly call: PhoneCall } | undefined;
  const stage = await raiseStage({
    mode: 'fast',
    store: 'sqlite::memory:',
    ...options,
    settings: { THROUGHLINE_DISCLOSURE: 'on', ...options.settings },
    carrier: { ...options.carrier, say: (text) => (isDisclosure(text) ? inPassing : say(text)) },
    onEvent: (_, event) => {
      events.push(event);
      if (now !== undefined) options.watch?.(event, now.stage, now.call);
    },
  });
  try {
    const call = stage.carrier.call({ from: callerNumber, to: dialledNumber, extra: options.extra ?? {} });
    now = { stage, call };
    options.direct?.(stage, call);
    const { script = articleScript, patienceMs = 30_000 } = options;
    const person = new Caller({ call, script, patienceMs }).run();
    const [outcome] = await stage.play(Promise.all([person, call.ended]));
    // Whoever else was on the call hangs up, too, or is hung up on: it is not over before.
    await stage.until(() => [...stage.carrier.legs.values()].every(({ over }) => over));
    await options.after?.(stage);
    if (isDisclosing(stage) && isAnsweredByUs(options)) expectDisclosed({ stage, call, events });
    return { stage, call, outcome, events };
  } finally {
    await stage.close();
  }
};

/** The events of one type, in order. */
export const eventsOf = <Type extends ContextEvent['type']>(events: readonly ContextEvent[], type: Type) =>
  events.filter((event): event is Extract<ContextEvent, { type: Type }> => event.type === type);
