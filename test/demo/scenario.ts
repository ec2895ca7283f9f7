import type { DemoOptions } from './arguments.ts';
import type { Play } from './play.ts';
import type { ReportOf } from './report.ts';

/** A call that the demo can show. */
export interface Scenario {
  readonly title: string;
  /** How long it takes at real speed, in words. */
  readonly length: string;
  /** Who has a lane in the timeline, from the left. */
  readonly lanes: readonly string[];
  /** What is in the right channel of the recording. */
  readonly heard: string;
  readonly play: (options: Pick<DemoOptions, 'callerFile' | 'realKey'>) => Play;
  readonly report: ReportOf;
}
