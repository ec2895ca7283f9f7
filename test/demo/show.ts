import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundleDocument } from '../../store/context/document.ts';
import { writeCallWav } from '../world/wav.ts';
import type { DemoOptions } from './arguments.ts';
import { linesOf } from './caller-lines.ts';
import type { Ink } from './ink.ts';
import { type Figures, handoffsIn, measure, shortfalls } from './measure.ts';
import { callPage } from './page/page.ts';
import { type Performance, perform } from './perform.ts';
import { summaryLines } from './summary.ts';
import { Timeline } from './timeline.ts';
import { type Told, toldTo } from './told.ts';

/** What the demo needs of its surroundings. */
export interface Surroundings {
  readonly out: string;
  /** A line on standard output. */
  readonly print: (line: string) => void;
  /** A line about progress, on standard error. */
  readonly progress: (line: string) => void;
  readonly ink: Ink;
  readonly realBaseUrl: string | undefined;
}

const title = ({ mode, realKey }: DemoOptions): string => {
  const world = realKey !== undefined ? 'the real model' : 'a simulated model';
  const speed = mode === 'wire' ? 'real sockets, real speed' : 'joined in memory, no waiting';
  return `A call on Acme's support line: ${world}, ${speed}.`;
};

const freshStore = (out: string): string => {
  mkdirSync(out, { recursive: true });
  const path = join(out, 'throughline.db');
  for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
  return `sqlite:${path}`;
};

/** Runs the demo: a call, what was measured, and the files it leaves. Throws what is worth telling the user as `ThroughlineError`. */
export const showCall = async (options: DemoOptions, around: Surroundings): Promise<Figures> => {
  const { out, print, progress, ink } = around;
  const lines = linesOf(options.callerFile);
  let timeline: Timeline | undefined;
  if (options.json && options.mode === 'wire') progress('the call runs at real speed, about a minute …');
  if (!options.json) for (const line of ['', ink.paint('bold', title(options)), '']) print(line);
  const performed = await perform({
    mode: options.mode,
    store: freshStore(out),
    lines,
    realKey: options.realKey,
    realBaseUrl: around.realBaseUrl,
    curtainUp: (story, { now, stage }) => {
      if (options.json) return;
      const live = new Timeline({ clock: stage.clock, now, ink, print });
      timeline = live;
      story.events.listen((entry) => live.show(entry));
    },
  });
  timeline?.flush();
  const figures = measure(performed);
  const files = writeFiles(performed, figures, out);
  if (options.json) print(JSON.stringify(figures, null, 2));
  else for (const line of summaryLines({ figures, told: toldIn(performed), files }, ink)) print(line);
  for (const words of options.json ? shortfalls(figures) : []) progress(words);
  return figures;
};

const toldIn = ({ sessions }: Performance): Told | undefined => {
  const handoff = handoffsIn(sessions ?? [])[0];
  return handoff === undefined ? undefined : toldTo(handoff.to);
};

/** Stereo: the caller left, what the caller heard right, from the first ring to the end. */
const soundOf = ({ call }: Performance, figures: Figures): { readonly left: Uint8Array; readonly right: Uint8Array } => {
  const samples = Math.ceil(figures.callMs * 8);
  return { left: call.record.spoken.slice(0, samples), right: call.record.heard.slice(0, samples) };
};

const writeFiles = (performed: Performance, figures: Figures, out: string): string[] => {
  const { left, right } = soundOf(performed, figures);
  const bundle = performed.bundle === undefined ? null : bundleDocument(performed.bundle);
  const wav = writeCallWav(left, right);
  const told = toldIn(performed);
  const page = callPage({ entries: performed.story.inOrder, figures, bundle, told, sound: { wav, left, right } });
  const write = (name: string, content: string | Buffer): string => {
    const path = join(out, name);
    writeFileSync(path, content);
    const short = relative(process.cwd(), path);
    return short.startsWith('..') ? path : short;
  };
  return [
    `${write('call.html', page)}: open it in a browser and press space`,
    `${write('call.wav', wav)}: left the caller, right the agents`,
    `${write('bundle.json', `${JSON.stringify(bundle, null, 2)}\n`)}: what is known of the call`,
  ];
};
