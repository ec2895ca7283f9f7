import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { columnsOf, csvLine, rowOf } from '../../../../gateway/http/rest/csv.ts';
import { callSchema } from '../../../../gateway/http/schemas/call.ts';
import type { CallRecord } from '../../../../store/calls/record.ts';
import { encodeCursor, type PageQuery } from '../../../../store/paging.ts';
import { callIdOf, handoffWith, recordWith } from '../../console/records.ts';
import { openConsole } from '../console-world.ts';
import { readCsv } from './read-csv.ts';

test('a cell is what it was: commas, quotes and line ends are quoted', () => {
  const cells = ['a,b', 'say "no"', 'two\r\nlines', 'one\nmore', '', 'plain', 'ümlaut 🙂'];
  expect(readCsv(csvLine(cells))).toEqual([cells]);
});

test.each([
  '=1+1',
  '+49301234',
  '-1',
  '@SUM(A1)',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(A1)',
  '\tx',
  '\rx',
  '\nx',
  ' =1',
  '\t=1',
  '"=1',
])('%j is no formula', (text) => {
  expect(readCsv(csvLine([text]))[0]?.[0]).toMatch(/^'/);
});

test.each<[string, string]>([
  ['a;=1+1', "a;'=1+1"],
  ['a,＝1', "a,'＝1"],
  ['a\n-1', "a\n'-1"],
  ['a\t+1', "a\t'+1"],
  ['a;"=1', 'a;"\'=1'],
  ['a=1; -1, b-2', 'a=1; -1, b-2'],
])('a cell that is split elsewhere begins with no formula: %j', (text, guarded) => {
  expect(readCsv(csvLine([text]))).toEqual([[guarded]]);
});

/** As a spreadsheet reads a line whose separator is another than the file's: quotes count at the start of a cell only. */
const splitBy = (separator: string, line: string): readonly string[] => {
  const cells: string[] = [];
  for (let rest = line; rest !== ''; ) {
    const [whole = '', inner = '', tail = ''] = new RegExp(`^(?:"((?:[^"]|"")*)"?)?([^${separator}\r\n]*)`).exec(rest) ?? [];
    cells.push(inner.replaceAll('""', '"') + tail);
    rest = rest.slice(whole.length + 1);
  }
  return cells;
};

test('whatever texts there are, no spreadsheet finds a formula, whatever separates its cells', () => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom(...'=+-@＝;,"\t\r\n a1') }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(texts, fc.constantFrom(',' as const, ';' as const), (cells, separator) => {
      const line = csvLine(cells, separator);
      for (const other of [',', ';', '\t'])
        for (const cell of splitBy(other, line)) expect(cell).not.toMatch(/^[=+\-@＝＋－＠]/);
    }),
    { numRuns: 2_000 },
  );
});

test('every text is quoted, numbers stay numbers, and nothing is nothing', () => {
  expect(csvLine(['a', -1, 0.5, true, null, ''])).toBe('"a",-1,0.5,true,,""\r\n');
});

test('with semicolons numbers have a decimal comma, as where lists are written so', () => {
  expect(csvLine(['a;b', -1, 0.5, 1234.25, true, null], ';')).toBe('"a;b";-1;0,5;1234,25;true;\r\n');
});

test('records are taken apart by their schema: a part that is null leaves its columns empty', () => {
  const columns = columnsOf(callSchema);
  const names = columns.map((column) => column.join('.'));
  expect(names).toEqual(
    expect.arrayContaining(['callId', 'resolution.caller', 'resolution.repeatedAt', 'cost.usdMicros', 'tools']),
  );
  const row = Object.fromEntries(rowOf(columns, recordWith({ cost: null })).map((cell, at) => [names[at], cell]));
  expect(row).toMatchObject({
    agents: 'support; technical',
    handoffs: '[{"from":"support","to":"technical"}]',
    'resolution.caller': true,
    'cost.usdMicros': null,
    transfers: null,
  });
});

describe('over the console', async () => {
  const many = 1_234;
  const asked: PageQuery<CallRecord>[] = [];
  let failsAt = Infinity;
  const { server, url } = await openConsole({
    callLog: {
      get: async () => undefined,
      page: async (query) => {
        asked.push(query);
        const from = query.cursor?.at ?? 0;
        if (from >= failsAt) throw new Error('away');
        const items = Array.from({ length: Math.min(query.limit, many - from) }, (_, at) =>
          recordWith({ callId: callIdOf(from + at + 1) }),
        );
        return { items, next: from + items.length < many ? encodeCursor({ at: from + items.length, id: 'x' }) : null };
      },
    },
    handoffLog: {
      list: async () => [],
      page: async () => ({
        items: [
          handoffWith({
            reason: '=HYPERLINK("http://evil","x")',
            from: '@a',
            leftOut: ['1', '2'],
            attempts: [{ solution: 'Wrote to robin@example.com', outcome: 'failed' }],
          }),
        ],
        next: null,
      }),
    },
  });
  afterAll(() => server.close());
  const get = (path: string, accept = '*/*') => fetch(url + path, { headers: { accept } });

  test('all rows of all pages, with a header of the names, as a file that says line and period', async () => {
    const answer = await get('/api/v1/calls?format=csv&line=acme&from=2025-12-01&to=2025-12-31');
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv; charset=utf-8/);
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="throughline-calls-acme-2025-12-01-to-2025-12-31.csv"',
    );
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const [head, ...rows] = readCsv(new TextDecoder().decode(bytes));
    expect(head?.slice(0, 3)).toEqual(['callId', 'line', 'startedAt']);
    expect(rows.map(([callId]) => callId)).toEqual(Array.from({ length: many }, (_, at) => callIdOf(at + 1)));
    expect(asked.map(({ limit, from, until }) => [limit, from, until])).toEqual(
      Array.from({ length: 7 }, () => [200, Date.UTC(2025, 11, 1), Date.UTC(2026, 0, 1)]),
    );
  });

  test.each(['calls', 'handoffs', 'figures'])('%s with semicolons', async (list) => {
    const answer = await get(`/api/v1/${list}?format=csv&separator=;`);
    const [head = [], ...rows] = readCsv((await answer.text()).replace('\ufeff', ''), ';');
    expect(head.length).toBeGreaterThan(5);
    expect(rows.length).toBe({ calls: many, handoffs: 1, figures: 0 }[list]);
    const refused = await get(`/api/v1/${list}?format=csv&separator=|`);
    expect([refused.status, await refused.json()]).toMatchObject([400, { detail: 'separator must be , or ;' }]);
  });

  test('others have their turn while rows are made into text', async () => {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await (await get('/api/v1/calls?format=csv')).text();
    isOver = true;
    expect(turns).toBeGreaterThan(many / 20);
  });

  test('asked for by Accept, and what callers decide is no formula', async () => {
    const answer = await get('/api/v1/handoffs', 'text/csv');
    const [head = [], row = []] = readCsv((await answer.text()).replace('\ufeff', ''));
    const fields = Object.fromEntries(head.map((name, at) => [name, row[at]]));
    expect(fields).toMatchObject({
      reason: `'=HYPERLINK("http://evil","x")`,
      from: "'@a",
      leftOut: '1; 2',
      silenceMs: '120',
    });
    expect(fields['attempts']).toContain('Wrote to [email]');
    expect((await get('/api/v1/handoffs', 'application/json')).headers.get('content-type')).toMatch(/json/);
  });

  test.each(['days', 'all', 'handoffs', 'agents', 'categories', 'pairs', 'tools', 'people'])(
    'the table %s of the figures',
    async (table) => {
      const answer = await get(`/api/v1/figures?format=csv&table=${table}`);
      const [head = []] = readCsv((await answer.text()).replace('\ufeff', ''));
      expect(head.length).toBeGreaterThan(3);
      expect(answer.headers.get('content-disposition')).toContain(
        `throughline-figures-${table}-all-lines-2025-12-03-to-2026-01-01.csv`,
      );
    },
  );

  test('a name of a line can not leave its place in the header', async () => {
    const answer = await get(`/api/v1/calls?format=csv&line=${encodeURIComponent('x"\r\nSet-Cookie: a=b;')}`);
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="throughline-calls-x-Set-Cookie-a-b-start-to-now.csv"',
    );
    expect(answer.headers.get('set-cookie')).toBeNull();
    await answer.text();
  });

  test('HEAD has the headers alone; a limit is refused, since all rows come', async () => {
    const head = await fetch(`${url}/api/v1/calls?format=csv`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')?.slice(0, 8), await head.text()]).toEqual([200, 'text/csv', '']);
    const refused = await get('/api/v1/calls?format=csv&limit=10');
    expect([refused.status, await refused.json()]).toMatchObject([400, { detail: expect.stringContaining('limit') }]);
  });

  test('a store that goes away at once is an error; one that goes away on the way breaks the file off', async () => {
    failsAt = 0;
    const answer = await get('/api/v1/calls?format=csv');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'application/problem+json; charset=utf-8']);
    expect(answer.headers.get('content-disposition')).toBeNull();
    failsAt = 400;
    await expect(get('/api/v1/calls?format=csv').then((begun) => begun.text())).rejects.toThrow();
    failsAt = Infinity;
  });

  test('who stops reading stops the export', async () => {
    asked.length = 0;
    const answer = await get('/api/v1/calls?format=csv');
    await answer.body?.cancel();
    await new Promise((done) => setTimeout(done, 300));
    const soFar = asked.length;
    await new Promise((done) => setTimeout(done, 200));
    expect(asked.length).toBe(soFar);
  });
});
