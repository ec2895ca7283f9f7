import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { figuresFrom } from '../../../store/figures/read-figures.ts';
import { BrowserPage, chromium } from '../http/browser.ts';
import { openConsole } from '../http/console-world.ts';
import { lowestContrast } from '../http/contrast.ts';
import { fillStores, memoryStores, tellDanasCall, writeCall } from './filled-store.ts';
import { eventsFull, handoffFull, hostileCall, recordFull } from './hostile.ts';
import { callIdOf } from './records.ts';
import { sideWith, suggestionWith } from './suggestions.ts';

const dana = callIdOf(0xdada);
const planted = [
  '<script>window.ran = 1</script>',
  '<img src=x onerror="window.ran = 2">',
  '"><svg onload="window.ran = 3">',
  '</style><script>window.ran = 4</script>',
].join(' ');

const effect = { before: sideWith(75, 0, 138_000), after: sideWith(80, 34, 80_000) };
const acceptedOne = suggestionWith({ decided: { state: 'accepted', at: '2025-12-20T09:00:00.000Z', by: 'Robin', effect } });

/** What is wider than the page, and not in something that can be moved sideways by itself. */
const stickingOut = `[...document.querySelectorAll('body *')].filter((each) => each.closest('.scroll') === null || each.matches('.scroll'))
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 16)
  .map((each) => each.tagName + '.' + (each.getAttribute('class') ?? '') + ' ' + each.textContent.slice(0, 40))`;

describe.skipIf(chromium === undefined)('in a browser', () => {
  let browser: BrowserPage;
  let world: Awaited<ReturnType<typeof memoryStores>>;
  let port: Awaited<ReturnType<typeof openConsole>>;
  const accepted: string[] = [];

  beforeAll(async () => {
    world = await memoryStores();
    const { stores, clock } = world;
    await fillStores(world, { days: 30, perDay: 10 });
    await tellDanasCall(stores, dana);
    await writeCall(stores, { ...recordFull(planted), callId: hostileCall }, [
      { ...handoffFull(planted), callId: hostileCall },
    ]);
    const answered = async () => ({ kind: 'refused', status: 404, why: 'no such suggestion' }) as const;
    port = await openConsole({
      clock,
      advice: async () => [suggestionWith(), acceptedOne, suggestionWith({ line: planted, category: planted, to: planted })],
      suggestions: {
        ...{ list: async () => [], calls: async () => undefined, dismiss: answered, withdraw: answered },
        accept: async (id) => {
          accepted.push(id);
          return { kind: 'done', suggestion: {} };
        },
      },
      callLog: stores.calls,
      handoffLog: stores.handoffs,
      readFigures: figuresFrom(stores.tallies, clock.wall),
      events: async (callId) =>
        callId === hostileCall ? eventsFull(planted) : (await stores.contexts.load(callId))?.events,
    });
    browser = await BrowserPage.open(chromium ?? '');
  });
  afterAll(async () => {
    await browser.close();
    port.server.close();
    await world.stores.close();
  });

  const screen = (width: number, scheme: 'light' | 'dark') =>
    Promise.all([
      browser.send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 700 }),
      browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] }),
    ]);
  const pages = ['/', '/calls', '/handoffs', `/calls/${dana}`, `/calls/${hostileCall}`];

  test('what is planted does not run, and neither does what got in some other way', async () => {
    for (const path of pages) {
      await browser.goTo(port.url + path);
      expect(await browser.evaluate('document.querySelectorAll("script, img").length')).toBe(0);
      await browser.evaluate('document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\'window.ran = 6\'>")');
      await browser.evaluate(
        'const s = document.createElement("script"); s.textContent = "window.ran = 7"; document.body.append(s)',
      );
      expect([path, await browser.evaluate('window.ran === undefined')]).toEqual([path, true]);
    }
    expect(await browser.evaluate('document.body.textContent.includes("<script>window.ran = 1</script>")')).toBe(true);
  });

  test.each(['light', 'dark'] as const)('%s: its own style is let through, and all text can be read', async (scheme) => {
    await screen(1_280, scheme);
    for (const path of pages) {
      await browser.goTo(port.url + path);
      const background = scheme === 'light' ? 'rgb(251, 251, 250)' : 'rgb(16, 18, 20)';
      expect(await browser.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(background);
      await browser.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
      expect([path, await browser.evaluate(lowestContrast)]).toEqual([
        path,
        expect.objectContaining({ ratio: expect.toSatisfy((ratio: number) => ratio >= 4.5) }),
      ]);
    }
  });

  test.each([400, 768, 1_280])('%i px wide: nothing sticks out', async (width) => {
    await screen(width, 'light');
    for (const path of pages) {
      await browser.goTo(port.url + path);
      expect([path, await browser.evaluate(stickingOut)]).toEqual([path, []]);
    }
  });

  test.each(['/calls?line=acme', '/handoffs?line=acme'])(
    '%s: no column is out of sight, at a desk and on a phone',
    async (path) => {
      for (const width of [1_280, 400]) {
        await screen(width, 'light');
        await browser.goTo(port.url + path);
        const fits = '(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector(".scroll"))';
        expect([width, await browser.evaluate(fits)]).toEqual([width, true]);
      }
    },
  );

  test.each([400, 768, 1_280])('%i px wide: what came of a suggestion is all in its card', async (width) => {
    await screen(width, 'light');
    await browser.goTo(`${port.url}/?line=acme`);
    const fits =
      '(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector(".suggestions .scroll"))';
    expect(await browser.evaluate(fits)).toBe(true);
  });

  test('on a phone, a call says when, what about, and whether it was resolved and contained; figures keep their n', async () => {
    await screen(400, 'light');
    await browser.goTo(`${port.url}/calls`);
    const seen = (selector: string) =>
      browser.evaluate(
        `[...document.querySelectorAll('${selector}')].filter((each) => each.getClientRects().length > 0).map((each) => each.textContent.split(' ')[0])`,
      );
    expect(await seen('tbody tr:nth-child(2) td .column')).toEqual(['About', 'Resolved', 'Contained', 'Handle', 'Cost']);
    const height = 'document.querySelector("tbody tr:nth-child(2)").getBoundingClientRect().height';
    expect(await browser.evaluate(height)).toBeLessThan(130);
    await browser.goTo(`${port.url}/`);
    expect(await browser.evaluate('document.querySelector(".tile ul .n").getClientRects().length')).toBe(1);
  });

  test('lines, bars and axes of the plots are there to be seen', async () => {
    await screen(1_280, 'light');
    await browser.goTo(`${port.url}/`);
    const seen = (selector: string) =>
      browser.evaluate(
        `[...document.querySelectorAll('${selector}')].filter((each) => { const { width, height } = each.getBoundingClientRect(); return width + height > 3; }).length`,
      );
    expect(await seen('.plots rect.bar')).toBe(29);
    expect(await seen('.plots line.line.s0')).toBeGreaterThan(90);
    expect(await seen('.plots svg text')).toBeGreaterThan(35);
    const stroke = 'getComputedStyle(document.querySelector(".plots line.line.s0")).stroke';
    expect(await browser.evaluate(stroke)).toBe('rgb(40, 103, 199)');
  });

  test('a suggestion is accepted by its button, as browsers send it', async () => {
    await browser.goTo(`${port.url}/`);
    await browser.evaluate('document.querySelector(".decide button").click()');
    await browser.until('document.querySelector("h1")?.textContent === "Done"');
    expect(accepted).toEqual([suggestionWith().id]);
  });

  test('the form works as browsers send it', async () => {
    await browser.goTo(`${port.url}/`);
    await browser.evaluate('document.querySelector("select").value = "acme-de"');
    await browser.evaluate('document.querySelector(".period button").click()');
    await browser.until('document.querySelector("p.sub")?.textContent === "acme-de"');
    expect(await browser.evaluate('location.search')).toBe('?from=2025-12-03&to=2026-01-01&line=acme-de');
  });
});
