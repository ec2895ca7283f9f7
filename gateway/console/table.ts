import { html, type Markup } from '../page/markup.ts';

/** One column of a table. */
export interface ColumnOf<Row> {
  readonly name: string;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** Left out where there is little room: on a phone a row is a card. */
  readonly isMinor?: boolean;
  cell(row: Row): Markup | string;
}

interface TableOf<Row> {
  /** What the table has, for those who do not see what is above it. */
  readonly label: string;
  readonly columns: readonly ColumnOf<Row>[];
  readonly rows: readonly Row[];
  /** On a phone each row is a card, with the names of its columns in it. */
  readonly asCards?: boolean;
}

type Looks = Pick<ColumnOf<never>, 'isNumber' | 'isMinor'>;

const classes = ({ isNumber, isMinor }: Looks): Markup | undefined => {
  const names = [isNumber === true ? 'number' : '', isMinor === true ? 'minor' : ''].filter((name) => name !== '');
  return names.length === 0 ? undefined : html` class="${names.join(' ')}"`;
};

/** The first column names its row. Wide tables can be moved sideways by themselves. Pure. */
export const tableOf = <Row>({ label, columns, rows, asCards = false }: TableOf<Row>): Markup => {
  const [first, ...others] = columns;
  const nameIn = (name: string) => (asCards ? html`<span class="column" aria-hidden="true">${name}</span>` : undefined);
  const cellsOf = (row: Row) =>
    others.map((column) => html`<td dir="auto"${classes(column)}>${nameIn(column.name)}${column.cell(row)}</td>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table${asCards ? html` class="as-cards"` : undefined}><thead><tr>${columns.map(
    (column) => html`<th scope="col"${classes(column)}>${column.name}</th>`,
  )}</tr></thead><tbody>
${rows.map((row) => html`<tr><th scope="row" dir="auto">${first?.cell(row)}</th>${cellsOf(row)}</tr>\n`)}</tbody></table></div>`;
};
