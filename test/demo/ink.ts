/** Colours of the terminal, or none. */
export interface Ink {
  /** Colours `text`; `style` names a speaker or a role. Unknown names are left as they are. */
  paint(style: string, text: string): string;
  /** Width of a line, in characters. */
  readonly columns: number;
}

const codes: Readonly<Record<string, string>> = {
  caller: '36',
  support: '33',
  technical: '35',
  billing: '34',
  person: '31',
  menu: '90',
  good: '32',
  bad: '31',
  dim: '2',
  bold: '1',
};

/** Ink for a stream: colours only for a terminal, and not when `NO_COLOR` is set to anything (no-color.org). */
export const inkFor = (
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): Ink => {
  const coloured = stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const columns = Math.max(60, Math.min(100, (stream.isTTY === true ? stream.columns : undefined) || 80));
  return {
    columns,
    paint: (style, text) => {
      const code = coloured ? codes[style] : undefined;
      return code === undefined ? text : `\u001b[${code}m${text}\u001b[0m`;
    },
  };
};

/** Breaks text into lines of at most `width` characters, at spaces where there are any. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return line === '' ? lines : [...lines, line];
};
