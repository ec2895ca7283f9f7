/** Reads CSV as RFC 4180 has it, strictly: every line ends with CR LF, quotes are doubled and only in quoted fields. Throws where it is not. */
export const readCsv = (text: string, separator: ',' | ';' = ','): readonly (readonly string[])[] => {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const { field, next } = text[at] === '"' ? quoted(text, at + 1) : plain(text, at, separator);
    row.push(field);
    if (text[next] === separator) at = next + 1;
    else if (text.startsWith('\r\n', next)) {
      rows.push(row);
      row = [];
      at = next + 2;
    } else throw new Error(`no separator and no line end at ${next}`);
  }
  if (row.length > 0) throw new Error('the last line does not end');
  for (const { length } of rows) if (length !== rows[0]?.length) throw new Error('rows of different lengths');
  return rows;
};

interface Read {
  readonly field: string;
  readonly next: number;
}

const quoted = (text: string, start: number): Read => {
  let field = '';
  for (let at = start; at < text.length; at += 1) {
    if (text[at] !== '"') field += text[at];
    else if (text[at + 1] === '"') {
      field += '"';
      at += 1;
    } else return { field, next: at + 1 };
  }
  throw new Error('a quoted field does not end');
};

const plain = (text: string, start: number, separator: string): Read => {
  let next = start;
  while (next < text.length && ![separator, '"', '\r', '\n'].includes(text[next] ?? '')) next += 1;
  if (text[next] === '"') throw new Error(`a quote in a plain field at ${next}`);
  return { field: text.slice(start, next), next };
};
