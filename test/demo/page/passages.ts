import type { Reign } from '../../../gateway/page/moment.ts';
import type { Entry } from '../story.ts';

/** The caller goes from one to another: from when, and when the caller hears it. */
export interface Passage {
  readonly from: number;
  readonly heardAt: number;
  readonly label: string;
  readonly title: string;
}

/** All passages of a call, in order. What is decided is heard later: when the new voice begins. */
export const passagesOf = (entries: readonly Entry[], reigns: readonly Reign[]): Passage[] => {
  const heard = (from: number, who?: string): number =>
    reigns.find((reign) => reign.from >= from && (who === undefined || reign.agent === who))?.from ?? from;
  return entries.flatMap((entry): Passage[] => {
    const from = entry.at;
    if (entry.kind === 'handoff') {
      const title = `Handoff from ${entry.from} to ${entry.to}, ready in ${Math.round(entry.switchMs)} ms`;
      return [{ from, heardAt: heard(from, entry.to), label: 'Handoff', title }];
    }
    if (entry.kind === 'passed')
      return [
        { from, heardAt: heard(from), label: 'Passed on', title: 'The menu sends the call on, with what was entered' },
      ];
    if (entry.kind === 'joined') {
      const wanted = entries.find(({ kind }) => kind === 'person-wanted')?.at ?? from;
      return [{ from: wanted, heardAt: from, label: 'To a person', title: 'The caller and the person have each other' }];
    }
    if (entry.kind === 'bound' && entry.cause === 'return')
      return [{ from, heardAt: heard(from), label: 'Back', title: `${entry.agent} has the caller back` }];
    return [];
  });
};
