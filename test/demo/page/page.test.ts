import { describe, expect, test } from 'vitest';
import { html } from '../../../gateway/page/markup.ts';
import { noisyLine } from '../line-noise.ts';
import type { Entry } from '../story.ts';
import { callPage } from './page.ts';

const evil = `</script><img src=x onerror="alert('1')">&amp;`;

const told = {
  title: evil,
  who: evil,
  lead: evil,
  facts: [{ key: evil, value: evil }],
  tried: [{ solution: evil, outcome: evil }],
  mood: evil,
  whole: { name: evil, text: evil },
};

const report = {
  callMs: 2_000,
  shortfalls: [evil],
  praise: evil,
  cards: [{ value: evil, name: evil, note: evil }],
  panels: [told, told],
};

const entries: Entry[] = [
  { kind: 'ring', at: 0, from: evil, to: evil },
  { kind: 'bound', at: 0, agent: evil, cause: evil },
  { kind: 'speech', who: 'caller', at: 100, text: evil, ms: 300, heard: evil },
  { kind: 'speech', who: evil, at: 500, text: evil, ms: 300, heard: evil },
  {
    kind: 'tool',
    at: 600,
    agent: evil,
    name: evil,
    arguments: { [evil]: evil },
    status: 'ok',
    result: { [evil]: evil },
    durationMs: 5,
  },
  { kind: 'learned', at: 700, key: evil, value: evil, source: 'tool' },
  { kind: 'tried', at: 700, solution: evil, outcome: 'failed' },
  { kind: 'handoff-asked', at: 800, from: evil, to: evil, reason: evil, trigger: 'expertise' },
  { kind: 'handoff', at: 900, from: evil, to: evil, switchMs: 100 },
  { kind: 'handoff-not', at: 950, from: evil, to: evil, why: evil },
  { kind: 'menu', at: 960, agent: evil },
  { kind: 'keys', at: 960, digits: evil },
  { kind: 'passed', at: 960, from: evil, fields: { [evil]: evil } },
  { kind: 'person-wanted', at: 970, from: evil, reason: evil },
  { kind: 'person-missed', at: 970, why: evil },
  { kind: 'person-does', at: 970, words: evil, lane: 'opens' },
  { kind: 'told', at: 980, text: evil },
  { kind: 'page-read', at: 980, page: evil },
  { kind: 'joined', at: 990 },
  { kind: 'speech', who: 'person', at: 990, text: evil, ms: 100, heard: undefined },
  { kind: 'wrote', at: 1_000, notes: evil },
  { kind: 'bound', at: 1_100, agent: evil, cause: 'return' },
  { kind: 'ended', at: 1_900, reason: evil, resolved: true },
];

describe('the page of a call', () => {
  const sound = { wav: Buffer.from('RIFF'), left: noisyLine(2_000), right: noisyLine(2_000) };
  const page = callPage({ entries, report, heard: evil, bundle: null, sound });

  test('what was said is never markup', () => {
    expect(page).toContain('&lt;img src=x');
    expect(page).not.toContain('<img');
    // Ours is the only script, and it ends where ours ends.
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<\/script>/g)).toHaveLength(1);
    expect(page).not.toMatch(/="[^"]*'1'/);
  });

  test('everything that can be pressed has a name', () => {
    const buttons = page.match(/<button[^>]*>/g) ?? [];
    expect(buttons.length).toBeGreaterThan(10);
    for (const button of buttons) expect(button).toMatch(/aria-label="[^"]+"/);
    expect(page).toMatch(/<input type="range"[^>]*aria-label="[^"]+"/);
  });

  test('a template escapes what is filled in, also in lists, and keeps markup', () => {
    expect(html`<p title="${'"'}">${['<', html`<b>${'&'}</b>`]}</p>`.text).toBe('<p title="&quot;">&lt;<b>&amp;</b></p>');
  });
});
