import { wallTime } from '../../../infra/brand.ts';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { survey } from '../../../store/suggestions/survey.ts';
import { viewOf } from '../../../store/suggestions/view.ts';
import { patiently } from '../../world/patience.ts';
import { sampleLine, withContext, without } from './arms.ts';
import { fillStore } from './fill.ts';
import { openPlace } from './place.ts';
import { progressOn, type Screen } from './progress.ts';
import { nextSteps, reportOf, weekText } from './report.ts';
import { daysBefore, sampleWeek } from './week.ts';

/** What `npm run demo -- --week` was asked to do. */
export interface WeekOptions {
  readonly calls: number;
  readonly seed: number;
  /** As `STORE` takes it. */
  readonly store: string;
  /** Write there even though calls are there. */
  readonly isAgreed: boolean;
  readonly json: boolean;
}

export interface Around {
  readonly print: (line: string) => void;
  readonly screen: Screen;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** Fills a store with a synthetic week and shows what its figures say. Throws `sample-week-store`, `store-unavailable`. */
export const showWeek = async ({ json, ...options }: WeekOptions, { print, screen, now }: Around): Promise<void> => {
  const began = performance.now();
  const { stores, name } = await openPlace(options.store, options.isAgreed);
  try {
    screen.write(`demo: a synthetic week into ${name}\n`);
    const week = sampleWeek({ ...options, now });
    await fillStore(stores, week, progressOn(screen, { what: `${week.length} calls`, steps: 2 * week.length }));
    const days = daysBefore(now);
    const read = figuresFrom(stores.tallies, () => wallTime(now));
    const figures = {
      without: await patiently(() => read({ ...days, line: without.line })),
      withContext: await patiently(() => read({ ...days, line: withContext.line })),
    };
    const found = await patiently(() => survey(stores, now));
    const suggestions = found.findings
      .filter(({ line }) => line.startsWith(sampleLine))
      .map((finding) => viewOf(finding, found));
    const tookMs = Math.round(performance.now() - began);
    const report = reportOf({ store: name, ...days, suggestions, figures, tookMs });
    for (const line of json ? [JSON.stringify(report)] : [...weekText(report), ...nextSteps(name)]) print(line);
  } finally {
    await stores.close();
  }
};
