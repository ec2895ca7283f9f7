import type { KillsReport } from './kills.ts';
import { inMs, type TriedRow } from './row.ts';

const cell = (text: string): string => text.replaceAll('|', '/').replaceAll('\n', ' ');

/** The rows as a table in Markdown. */
export const tableOf = (rows: readonly TriedRow[]): string =>
  [
    '| row | fault | expected | measured | |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ row, fault, expected, measured, pass }) =>
        `| ${[row, fault, expected, measured, pass ? 'pass' : '**FAIL**'].map(cell).join(' | ')} |`,
    ),
  ].join('\n');

/** Kills as a row: B28. */
export const rowOfKills = (report: KillsReport): TriedRow => {
  const { kills, calls, losses, moments, dropped, endedByRule, eventsLost, duplicateEffects, withoutOneEnd, complaints } =
    report;
  const { p50, p95, max } = report.silence;
  const where = Object.entries(moments).map(([moment, count]) => `${moment} ${count}`);
  const bad = [...dropped, ...withoutOneEnd, ...complaints];
  return {
    row: 'B28',
    fault: `${kills} processes killed at random moments, under ${calls} calls`,
    expected: 'calls dropped 0, events lost 0, effects doubled 0, one end in each log',
    measured: [
      `${losses} streams broke (${where.join(', ')})`,
      `dropped ${dropped.length}`,
      `ended by the rule for a third loss ${endedByRule}`,
      `events lost ${eventsLost}`,
      `effects doubled ${duplicateEffects}`,
      `logs without one end ${withoutOneEnd.length}`,
      `to the next sound p50 ${inMs(p50)}, p95 ${inMs(p95)}, max ${inMs(max)}`,
      ...bad.slice(0, 3),
    ].join('; '),
    pass: bad.length === 0 && eventsLost === 0 && duplicateEffects === 0 && losses > 0,
  };
};

/** How long it took, and how many rows passed. */
export const verdictOf = (rows: readonly TriedRow[], tookMs: number): string => {
  const passed = rows.filter(({ pass }) => pass).length;
  return `${passed} of ${rows.length} rows pass, in ${Math.round(tookMs / 1_000)} s.`;
};
