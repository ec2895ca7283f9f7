import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundleDocument } from '../../store/context/document.ts';
import { mixed } from '../world/carrier/tones.ts';
import { writeCallWav } from '../world/wav.ts';
import type { DemoOptions } from './arguments.ts';
import type { Ink } from './ink.ts';
import { callPage } from './page/page.ts';
import { type Performance, perform } from './perform.ts';
import type { Report } from './report.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { summaryLines } from './summary.ts';
import { Timeline } from './timeline.ts';

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

const titleOf = ({ title }: Scenario, { mode, realKey }: DemoOptions): string => {
  const world = realKey !== undefined ? 'the real model' : 'a simulated model';
  const speed = mode === 'wire' ? 'real sockets, real speed' : 'joined in memory, no waiting';
  return `${title}: ${world}, ${speed}.`;
};

const freshStore = (out: string): string => {
  mkdirSync(out, { recursive: true });
  const path = join(out, 'throughline.db');
  for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
  return `sqlite:${path}`;
};

/** Runs the demo: a call, what was measured, and the files it leaves. Throws what is worth telling the user as `ThroughlineError`. */
export const showCall = async (options: DemoOptions, around: Surroundings): Promise<Report> => {
  const { out, print, progress, ink } = around;
  const scenario = scenarios[options.scenario];
  const play = scenario.play(options);
  let timeline: Timeline | undefined;
  if (options.json && options.mode === 'wire') progress(`the call runs at real speed, ${scenario.length} …`);
  if (!options.json) for (const line of ['', ink.paint('bold', titleOf(scenario, options)), '']) print(line);
  const performed = await perform({
    mode: options.mode,
    store: freshStore(out),
    play,
    realKey: options.realKey,
    realBaseUrl: around.realBaseUrl,
    curtainUp: (story, { now, stage }) => {
      if (options.json) return;
      const live = new Timeline({ clock: stage.clock, now, ink, print, lanes: scenario.lanes });
      timeline = live;
      story.events.listen((entry) => live.show(entry));
    },
  });
  timeline?.flush();
  const report = scenario.report(performed);
  const files = writeFiles({ performed, report, scenario }, out);
  if (options.json) print(JSON.stringify(report.figures, null, 2));
  else for (const line of summaryLines({ report, files }, ink)) print(line);
  for (const words of options.json ? report.shortfalls : []) progress(words);
  return report;
};

/** Stereo: the caller left, what the caller heard right, from the first ring to the end. */
const soundOf = ({ call }: Performance, { callMs }: Report): { readonly left: Uint8Array; readonly right: Uint8Array } => {
  const samples = Math.ceil(callMs * 8);
  const { spoken, keys, heard } = call.record;
  return { left: mixed([spoken.slice(0, samples), keys.slice(0, samples)]), right: heard.slice(0, samples) };
};

interface Shown {
  readonly performed: Performance;
  readonly report: Report;
  readonly scenario: Scenario;
}

const writeFiles = ({ performed, report, scenario }: Shown, out: string): string[] => {
  const { left, right } = soundOf(performed, report);
  const bundle = performed.bundle === undefined ? null : bundleDocument(performed.bundle);
  const wav = writeCallWav(left, right);
  const page = callPage({
    entries: performed.story.inOrder,
    report,
    heard: scenario.heard,
    bundle,
    sound: { wav, left, right },
  });
  const write = (name: string, content: string | Buffer): string => {
    const path = join(out, name);
    writeFileSync(path, content);
    const short = relative(process.cwd(), path);
    return short.startsWith('..') ? path : short;
  };
  return [
    `${write('call.html', page)}: open it in a browser and press space`,
    `${write('call.wav', wav)}: left the caller, right ${scenario.heard}`,
    `${write('bundle.json', `${JSON.stringify(bundle, null, 2)}\n`)}: what is known of the call`,
  ];
};
