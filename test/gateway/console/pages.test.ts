import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callPage } from '../../../gateway/console/call-page.ts';
import { callsPage } from '../../../gateway/console/calls-page.ts';
import { figuresPage } from '../../../gateway/console/figures-page.ts';
import { handoffsPage } from '../../../gateway/console/handoffs-page.ts';
import { term, wallTime } from '../../../infra/brand.ts';
import type { ContextEvent } from '../../../store/context/event.ts';
import type { Figures } from '../../../store/figures/figures.ts';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { endedWith, isOnWay } from '../../../store/suggestions/way.ts';
import { nastyText } from '../../fuzz/runs.ts';
import { noFigures, openConsole } from '../http/console-world.ts';
import { allOf, find, parsePage, texts } from '../screen/page-document.ts';
import { fillStores, memoryStores, tellDanasCall, writeCall } from './filled-store.ts';
import { eventsFull, handoffFull, hostileCall, recordFull } from './hostile.ts';
import { callIdOf, eventsAt, recordWith } from './records.ts';
import { sideWith, suggestionWith } from './suggestions.ts';

const dana = callIdOf(0xdada);
const today = '2026-01-01';
const period = { from: '2025-12-03', to: today };

/** The figures of a store that holds one call and one handoff that are full of a text. */
const figuresFull = async (text: string): Promise<Figures> => {
  const { stores, clock } = await memoryStores();
  await writeCall(stores, recordFull(text), [handoffFull(text)]);
  const figures = await figuresFrom(stores.tallies, clock.wall)({ ...period, line: undefined });
  await stores.close();
  return figures;
};

const advice = (text: string) =>
  suggestionWith({
    ...{ line: text, category: text, from: text, to: text, text, id: text },
    decided: {
      state: 'accepted',
      at: '2025-12-31T00:00:00Z',
      by: text,
      effect: { before: sideWith(9, 3, 4), after: sideWith(9, 3, 4) },
    },
  });

/** All pages, full of a text. */
const pagesFull = async (text: string): Promise<readonly string[]> => {
  const list = { next: 'x', today, asked: { line: text, category: text, from: '2025-12-01' }, isFirst: false };
  const figures = await figuresFull(text);
  return [
    figuresPage({ figures: { ...figures, line: text }, today, suggestions: [advice(text)] }),
    callsPage({ ...list, items: [recordFull(text)], live: [dana], isFirst: true }),
    handoffsPage({ ...list, items: [handoffFull(text)] }),
    callPage({
      callId: dana,
      events: eventsFull(text),
      record: recordFull(text),
      handoffs: [handoffFull(text)],
      isLive: false,
    }),
  ];
};

const harmless = new Set(
  'html head meta title style body a header div nav p main h1 h2 h3 form label input select option button dl dt dd ul ol li span section figure figcaption svg text line rect circle g title table thead tbody tr th td small code kbd b i details summary pre time'.split(
    ' ',
  ),
);

describe('what comes in from outside', () => {
  test('is text, wherever it stands', async () => {
    const planted = '"\'><script>window.ran = 1</script><img src=x onerror=window.ran=2></style></title>';
    for (const page of await pagesFull(planted)) {
      const root = parsePage(page);
      expect(allOf(root).filter(({ name }) => !harmless.has(name))).toEqual([]);
      expect(
        allOf(root).flatMap(({ attributes }) =>
          Object.keys(attributes).filter((name) => name.startsWith('on') || name === 'style'),
        ),
      ).toEqual([]);
      expect(root.text).toContain('<script>window.ran = 1</script>');
      for (const { attributes } of find(root, 'a')) expect(attributes['href']).toMatch(/^([/?]|#)/);
    }
  });

  test('whatever it is, the pages are well-formed', async () => {
    await fc.assert(
      fc.asyncProperty(nastyText, async (text) => {
        for (const page of await pagesFull(text)) parsePage(page);
      }),
      { numRuns: 30 },
    );
  });
});

test('a store in which there is nothing: the page says what to do', async () => {
  const page = parsePage(figuresPage({ figures: await noFigures(period), today }));
  expect(texts(page, 'section.notice')).toEqual([
    'No calls in this period Nothing was recorded yet. Calls are here a moment after they are over. To see this page with a week of made-up calls, run npm run demo -- --week .',
  ]);
  expect(find(page, 'svg')).toEqual([]);
});

test('few calls are marked, and n stands next to every share', async () => {
  const { stores, clock } = await memoryStores();
  await writeCall(stores, recordWith(), []);
  const page = parsePage(
    figuresPage({ figures: await figuresFrom(stores.tallies, clock.wall)({ ...period, line: undefined }), today }),
  );
  await stores.close();
  expect(texts(page, 'div.tile')[1]).toBe(
    'Contained 100\u202f% n\u202f=\u202f1 few 0\u202f% with a person n\u202f=\u202f1 few'.replaceAll('\u202f', ' '),
  );
});

test('as long as no caller had a week to call again, the figures tell who did already', async () => {
  const { stores, clock } = await memoryStores();
  const recent = recordWith({ startedAt: '2025-12-30T10:00:00.000Z' });
  await writeCall(stores, recent, []);
  const again = { ...recent.resolution, repeatedAt: '2025-12-31T10:00:00.000Z' };
  await writeCall(stores, { ...recent, callId: callIdOf(2), resolution: again }, []);
  const linesOf = async () => {
    const figures = await figuresFrom(stores.tallies, clock.wall)({ ...period, line: undefined });
    return find(parsePage(figuresPage({ figures, today })), 'li').map((line) => [
      line.text,
      find(line, 'a')[0]?.attributes['href'],
    ]);
  };
  expect(await linesOf()).toContainEqual([
    expect.stringMatching(/^50.% called again so far n.=.2 few$/),
    expect.stringContaining('&repeated=true'),
  ]);
  await writeCall(stores, recordWith({ callId: callIdOf(3), startedAt: '2025-12-10T10:00:00.000Z' }), []);
  expect(await linesOf()).toContainEqual([
    expect.stringMatching(/^100.% no repeat in 7 days n.=.1 few$/),
    expect.stringContaining('&repeated=false'),
  ]);
  await stores.close();
});

test('sums of before calls were counted next to uses lead to the list all the same', async () => {
  const figures = await figuresFull('reset');
  const tools = figures.tools.map((tool) => ({ ...tool, uses: 3, calls: 0, failedCalls: 0, timedOutCalls: 0 }));
  const page = parsePage(figuresPage({ figures: { ...figures, tools }, today }));
  const links = find(page, 'a').filter(({ attributes }) => attributes['href']?.includes('tool='));
  expect(links.map(({ text }) => text)).toContain('list');
  expect(links.map(({ text }) => text)).not.toContain('0');
});

test('a call that goes on, and one of which only the record is kept', () => {
  const live = parsePage(callPage({ callId: dana, events: eventsFull('x'), record: undefined, handoffs: [], isLive: true }));
  expect(texts(live, 'p.live')).toEqual(['This call goes on.']);
  expect(texts(live, 'h2')).not.toContain('The record');
});

describe('how a call ended', () => {
  const viewOf = (events: Parameters<typeof callPage>[0]['events'], told: Parameters<typeof recordWith>[0] = {}) =>
    parsePage(callPage({ callId: dana, events, record: recordWith(told), handoffs: [], isLive: false }));
  const endedAs = (resolved: boolean | null, reason: string) =>
    eventsAt(0).map((event) => (event.type === 'call-ended' ? { ...event, resolved, reason } : event));
  const lastTurn = (page: ReturnType<typeof viewOf>) => texts(page, 'li.turn').at(-1);

  test('what the agent says is told as its claim, and where it said nothing only how the call ended', () => {
    expect(lastTurn(viewOf(endedAs(true, 'agent-ended')))).toContain('The call ends; the agent says it is solved');
    expect(lastTurn(viewOf(endedAs(false, 'agent-ended')))).toContain('The call ends; the agent says it is not solved');
    expect(lastTurn(viewOf(endedAs(null, 'caller-hung-up')))).toContain('The call ends: the caller hung up');
  });

  test('with the person: it is the person who says so', () => {
    const [last, ...before] = endedAs(true, 'person-ended').toReversed();
    const taken: ContextEvent = {
      type: 'transfer-accepted',
      transfer: 't',
      to: 'human',
      seq: 1,
      term: term(1),
      at: last?.at ?? wallTime(0),
    };
    const events = [...before.toReversed(), taken, ...(last === undefined ? [] : [last])];
    expect(lastTurn(viewOf(events))).toContain('The call ends; the person says it is solved');
  });

  test('a call that agents did not take has no handle time', () => {
    const names = (told: Parameters<typeof recordWith>[0]) => texts(viewOf(endedAs(null, 'turned-away'), told), 'dt');
    expect(names({})).toContain('Handle time');
    expect(names({ turnedAway: 'busy', handleMs: 0 })).not.toContain('Handle time');
  });
});

describe('on the console port', () => {
  let world: Awaited<ReturnType<typeof memoryStores>>;
  let port: Awaited<ReturnType<typeof openConsole>>;
  let away = false;
  const get = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(port.url + path, { headers: { accept: 'text/html', ...headers } });
    return { answer, page: parsePage(await answer.text()) };
  };

  /** How many are in the list that a link leads to. */
  const countBehind = async (link: string): Promise<number> =>
    (await (await fetch(`${port.url}/api/v1${link}&format=csv`)).text()).trim().split('\r\n').length - 1;
  let shown = suggestionWith();

  beforeAll(async () => {
    world = await memoryStores();
    const { stores, clock } = world;
    await fillStores(world, { days: 12, perDay: 12 });
    await writeCall(stores, recordWith({ callId: callIdOf(0xa11ce), category: 'api-key' }), []);
    await tellDanasCall(stores, dana);
    await writeCall(stores, recordWith({ callId: hostileCall }), []);
    const { items } = await stores.calls.page({ limit: 200 });
    const onWay = items.filter((record) => isOnWay(record, shown));
    shown = suggestionWith({ n: onWay.length, k: onWay.filter((record) => endedWith(record, shown.to)).length });
    port = await openConsole({
      clock,
      advice: async () => [shown],
      callLog: stores.calls,
      handoffLog: stores.handoffs,
      readFigures: async (query) => {
        if (away) throw new Error('redis://secret');
        return figuresFrom(stores.tallies, clock.wall)(query);
      },
      events: async (callId) => (await stores.contexts.load(callId))?.events,
    });
  });
  afterAll(async () => {
    port.server.close();
    await world.stores.close();
  });

  test('every link of the figures leads somewhere', async () => {
    const { page } = await get('/');
    const links = [...new Set(find(page, 'a').map(({ attributes }) => attributes['href'] ?? ''))].filter((link) =>
      link.startsWith('/'),
    );
    expect(links.length).toBeGreaterThan(60);
    for (const link of links) {
      const answer = await fetch(port.url + link);
      expect([link, answer.status]).toEqual([link, 200]);
      await answer.text();
    }
  });

  test('the numbers of a suggestion lead to exactly the calls that it counts', async () => {
    const { page } = await get('/');
    const [card] = find(page, 'section.suggestions').flatMap((section) => find(section, 'li'));
    const links = card === undefined ? [] : find(card, 'a');
    const counted = await Promise.all(links.map(({ attributes }) => countBehind(attributes['href'] ?? '')));
    expect(counted).toEqual([shown.k, shown.n]);
    expect(shown.k).toBeGreaterThan(10);
    expect(shown.n).toBeGreaterThan(shown.k);
  });

  test('every number of a table that stands for calls or handoffs leads to as many', async () => {
    const { page } = await get('/');
    const numbers = find(page, 'section.table').flatMap((table) =>
      find(table, 'a').filter(({ text }) => /^([a-z-]+ )?[\d,]+$/.test(text)),
    );
    expect(numbers.length).toBeGreaterThan(20);
    for (const { text, attributes } of numbers) {
      const link = attributes['href'] ?? '';
      expect([link, await countBehind(link)]).toEqual([link, Number(text.replace(/^[a-z-]+ |,/g, ''))]);
    }
  });

  test('a list says of how many it is, where the figures count that', async () => {
    const { page } = await get('/');
    const links = find(page, 'a').flatMap(({ attributes }) => attributes['href'] ?? []);
    const lists = [...new Set(links)].filter((link) => /^\/(calls|handoffs)\?/.test(link) && !link.includes('answeredBy'));
    expect(lists.length).toBeGreaterThan(50);
    let told = 0;
    for (const link of lists) {
      const [head = ''] = texts((await get(link)).page, 'p.sub');
      const total = /^([\d,]+) /.exec(head)?.[1];
      if (total === undefined) continue;
      told += 1;
      expect([link, head, await countBehind(link)]).toEqual([link, head, Number(total.replaceAll(',', ''))]);
    }
    expect(told / lists.length).toBeGreaterThan(0.8);
    expect(texts((await get('/calls')).page, 'p.sub')).toEqual(['All calls that are over, newest first']);
    const [narrow] = texts((await get('/calls?contained=true')).page, 'p.sub');
    expect(narrow).toBe('Calls that are over and fit all of this, newest first');
  });

  test('the list of calls goes on where it ended, and each filter can be taken away', async () => {
    const { page } = await get('/calls?line=acme&from=2025-12-20&to=2026-01-01');
    expect(texts(page, 'ul.chips')).toEqual(['20 Dec 2025 to 1 Jan 2026 × line: acme ×']);
    expect(find(page, 'tr')).toHaveLength(51);
    const older = find(page, 'a.older')[0]?.attributes['href'] ?? '';
    const next = (await get(older)).page;
    const links = (root: typeof page) =>
      find(root, 'tr')
        .slice(1)
        .map((row) => find(row, 'a')[0]?.attributes['href']);
    expect(new Set([...links(page), ...links(next)]).size).toBe(links(page).length + links(next).length);
    expect(
      find(page, 'ul.chips')
        .flatMap((chips) => find(chips, 'a'))
        .map(({ attributes }) => attributes['href']),
    ).toEqual(['/calls?line=acme', '/calls?from=2025-12-20&to=2026-01-01']);
  });

  test('the page of a call has what was said, heard, done and recorded', async () => {
    const { page } = await get(`/calls/${dana}`);
    expect(texts(page, 'h1')).toEqual(['Call of 31 Dec 2025, 22:00']);
    expect(texts(page, 'li.speech')[1]).toMatch(/^0:08\.0 Caller Hi, my API key stopped working/);
    expect(texts(page, 'p.aside')).toEqual([
      'The caller heard: “I know this is frustrating. Your requests reach us without an Authorization header.”',
    ]);
    expect(texts(page, 'li.tool')[1]).toContain('checkAccountStatus() ok');
    expect(texts(page, 'h2')).toEqual([
      'Who spoke when',
      'What was said and done',
      'The record',
      'Handoffs',
      'What is known',
    ]);
    expect(find(page, 'rect').filter(({ attributes }) => attributes['class']?.startsWith('who'))).toHaveLength(5 + 4);
  });

  test.each([
    ['/?from=2026-01-05', 400, 'from must not be after to'],
    ['/?days=7', 400, '"days" is no parameter here'],
    ['/calls?limit=3', 400, '"limit" is no parameter here'],
    ['/calls/CA1', 400, 'a call id is CA and 32 hex digits'],
    [`/calls/${callIdOf(5555)}`, 404, 'Nobody knows a call of this id'],
    ['/nothing', 404, 'There is no such page'],
  ])('%s: %i, in words', async (path, status, words) => {
    const { answer, page } = await get(path);
    expect([answer.status, page.text]).toEqual([status, expect.stringContaining(words)]);
  });

  test('a call whose log is not kept any more: its record, and nothing that was said', async () => {
    const { answer, page } = await get(`/calls/${hostileCall}`);
    expect([answer.status, page.text]).toEqual([200, expect.stringContaining('It is not kept any more.')]);
    expect(texts(page, 'h2')).toEqual(['What was said and done', 'The record']);
    expect(page.text).not.toContain('Who spoke when');
  });

  test('a form with empty fields asks for all lines', async () => {
    expect((await get('/?from=2025-12-20&to=2025-12-31&line=')).answer.status).toBe(200);
  });

  test('nothing may run, be loaded or be kept', async () => {
    const { answer } = await get('/');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; media-src 'self'; form-action 'self'/,
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('the store is away: a page that says so, and no detail', async () => {
    away = true;
    const { answer, page } = await get('/');
    away = false;
    expect([answer.status, page.text]).toEqual([503, expect.stringContaining('Calls go on')]);
    expect(page.text).not.toContain('secret');
  });
});
