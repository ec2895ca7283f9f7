import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ScreenTokens } from '../../../gateway/screen/screen-token.ts';
import { systemClock } from '../../../infra/clock.ts';
import { danasView, FakeScreenDesk, ref, viewFull } from '../screen/world.ts';
import { BrowserPage, chromium } from './browser.ts';
import { lowestContrast } from './contrast.ts';
import { openPort } from './world.ts';

const planted = [
  '<script>window.ran = 1</script>',
  '<img src=x onerror="window.ran = 2">',
  '"><svg onload="window.ran = 3">',
  '</textarea><script>window.ran = 4</script>',
  '</style><script>window.ran = 5</script>',
].join(' ');

describe.skipIf(chromium === undefined)('in a browser', () => {
  let browser: BrowserPage;
  const desk = new FakeScreenDesk();
  const tokens = new ScreenTokens(['secret'], systemClock);
  const counted: string[] = [];
  const count = (what: string, labels: object = {}) => counted.push(`${what} ${Object.values(labels).join()}`);
  let port: Awaited<ReturnType<typeof openPort>>;
  let url: string;

  beforeAll(async () => {
    port = await openPort({ screen: { desk, tokens, count } });
    url = `${port.url}/screen/${tokens.issue(ref)}`;
    browser = await BrowserPage.open(chromium ?? '');
  });
  beforeEach(() => {
    port.clock.advance(60_000);
    desk.view_ = danasView({ phase: 'talking' });
    desk.told.length = 0;
  });
  afterAll(async () => {
    await browser.close();
    port.server.close();
  });

  const phone = (width: number, scheme: 'light' | 'dark') =>
    Promise.all([
      browser.send('Emulation.setDeviceMetricsOverride', { width, height: 740, deviceScaleFactor: 2, mobile: width < 700 }),
      browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] }),
    ]);

  test('what is planted does not run, and neither does what got in some other way', async () => {
    desk.view_ = viewFull(planted);
    await browser.goTo(url);
    expect(await browser.evaluate('document.querySelector("h1").textContent')).toContain('<script>window.ran = 1</script>');
    expect(await browser.evaluate('document.querySelectorAll("script, img, svg").length')).toBe(0);
    await browser.evaluate('document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\'window.ran = 6\'>")');
    await browser.evaluate(
      'const s = document.createElement("script"); s.textContent = "window.ran = 7"; document.body.append(s)',
    );
    expect(await browser.evaluate('window.ran === undefined')).toBe(true);
  });

  test.each(['light', 'dark'] as const)('%s: its own style is let through, and all text can be read', async (scheme) => {
    await phone(360, scheme);
    await browser.goTo(url);
    const background = scheme === 'light' ? 'rgb(243, 245, 248)' : 'rgb(14, 17, 21)';
    expect(await browser.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(background);
    await browser.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
    expect(await browser.evaluate(lowestContrast)).toMatchObject({
      ratio: expect.toSatisfy((ratio: number) => ratio >= 4.5),
    });
  });

  test.each([320, 360, 768, 1_280])('%i px wide: nothing sticks out, whatever is in it', async (width) => {
    await phone(width, 'light');
    for (const view of [danasView(), viewFull('x'.repeat(5_000)), viewFull('مرحبا '.repeat(200))]) {
      desk.view_ = view;
      await browser.goTo(url);
      await browser.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
      expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const clipped =
        '[...document.querySelectorAll("body *")].filter((each) => each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1).map((each) => each.className || each.tagName)';
      expect(await browser.evaluate(clipped)).toEqual([]);
    }
  });

  test('on a phone, who, why, mood and what failed are seen without scrolling, and what is pressed is large enough', async () => {
    await phone(360, 'light');
    await browser.goTo(url);
    const bottom = '(() => document.querySelector(".attempts").getBoundingClientRect().bottom)()';
    expect(await browser.evaluate(`${bottom} <= document.querySelector(".jump").getBoundingClientRect().top`)).toBe(true);
    await browser.evaluate('document.querySelector(".end").open = true');
    const small =
      '[...document.querySelectorAll("button, .choice, textarea, summary, .jump a, .status a")].filter((each) => each.getBoundingClientRect().height < 40).map((each) => each.textContent)';
    expect(await browser.evaluate(small)).toEqual([]);
  });

  test('the form works as browsers send it: saved, and the page shows it', async () => {
    await browser.goTo(url);
    await browser.evaluate('document.querySelector("textarea").value = "Two\\nlines & <more>"');
    await browser.evaluate('document.querySelector("input[value=solved]").click()');
    await browser.evaluate('document.querySelector("button.primary").click()');
    await browser.until('document.querySelector(".answer")?.textContent === "Saved."');
    expect(desk.told).toEqual([{ notes: 'Two\nlines & <more>', outcome: 'solved' }]);
    expect(await browser.evaluate('document.querySelector("textarea").value')).toBe('Two\nlines & <more>');
    expect(counted).toEqual([]);
  });

  test('the caller goes back, with the notes', async () => {
    await browser.goTo(url);
    await browser.evaluate('document.querySelector("textarea").value = "done"');
    await browser.evaluate('document.querySelector("button[value=give-back]").click()');
    await browser.until('/back to the assistant/.test(document.querySelector(".answer")?.textContent)');
    expect(desk.told).toEqual([{ notes: 'done', next: 'give-back' }]);
    expect(await browser.evaluate('document.querySelectorAll("button").length')).toBe(1);
  });

  test('a form on another site does not reach the caller', async () => {
    const before = desk.told.length;
    const form = `<form method="post" action="${url}"><input name="next" value="end-call"></form>`;
    // Another host name is another site.
    await browser.goTo(`${port.url.replace('127.0.0.1', 'localhost')}/healthz`);
    await browser.evaluate(`document.body.innerHTML = ${JSON.stringify(form)}; document.forms[0].submit()`);
    await browser.until('document.querySelector("h1")?.textContent === "Not from this page"');
    expect(desk.told).toHaveLength(before);
    expect(counted).toEqual(['screen_refused foreign page']);
  });
});
