import { html, type Markup } from '../page/markup.ts';

/** One column of a table. */
export interface ColumnOf<Row> {
  readonly name: string;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  cell(row: Row): Markup | string;
}

interface TableOf<Row> {
  /** What the table has, for those who do not see what is above it. */
  readonly label: string;
  readonly columns: readonly ColumnOf<Row>[];
  readonly rows: readonly Row[];
}

const atRight = (isNumber: boolean | undefined): Markup | undefined =>
  isNumber === true ? html` class="number"` : undefined;

/** The first column names its row. Wide tables can be moved sideways by themselves. Pure. */
export const tableOf = <Row>({ label, columns, rows }: TableOf<Row>): Markup => {
  const [first, ...others] = columns;
  const cellsOf = (row: Row) =>
    others.map(({ cell, isNumber }) => html`<td dir="auto"${atRight(isNumber)}>${cell(row)}</td>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${columns.map(
    ({ name, isNumber }) => html`<th scope="col"${atRight(isNumber)}>${name}</th>`,
  )}</tr></thead><tbody>
${rows.map((row) => html`<tr><th scope="row" dir="auto">${first?.cell(row)}</th>${cellsOf(row)}</tr>\n`)}</tbody></table></div>`;
};
