import { capital } from '../../gateway/page/in-short.ts';
import { type Ink, wrap } from './ink.ts';
import { type Report, verdictOf } from './report.ts';

const nameColumns = 24;

/** What stands under the timeline. */
export const summaryLines = (
  { report, files }: { readonly report: Report; readonly files: readonly string[] },
  ink: Ink,
): string[] => {
  const width = ink.columns - nameColumns - 2;
  const row = (name: string, text: string, style?: string): string[] =>
    wrap(text, width).map(
      (line, at) =>
        `  ${ink.paint('dim', (at === 0 ? name : '').padEnd(nameColumns))}${style === undefined ? line : ink.paint(style, line)}`,
    );
  const { good, words } = verdictOf(report);
  const sections = report.sections.flatMap(({ title, rows }) => [
    '',
    `  ${ink.paint('bold', title)}`,
    ...rows.flatMap(([name, text, style]) => row(name, text, style)),
  ]);
  return [
    '',
    ...wrap(words, ink.columns).map((line) => ink.paint(good ? 'good' : 'bad', line)),
    '',
    ...report.rows.flatMap(([name, text]) => row(name, text)),
    ...sections,
    '',
    ...files.flatMap((file, at) => row(at === 0 ? capital('written') : '', file)),
    '',
  ];
};
