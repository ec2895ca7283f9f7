import { describe, expect, test } from 'vitest';
import { term, wallTime } from '../../infra/brand.ts';
import { FakeClock } from '../world/clock.ts';
import { inkFor, wrap } from './ink.ts';
import { sentencesOf } from './sentences.ts';
import { type Entry, Story } from './story.ts';
import { Timeline } from './timeline.ts';

const plain = inkFor({ isTTY: false }, {});

const watch = (lanes = ['caller', 'support', 'technical']) => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const timeline = new Timeline({ clock, now: clock.now, ink: plain, print: (line) => lines.push(line), lanes });
  return { clock, lines, show: (...entries: Entry[]) => entries.forEach((entry) => void timeline.show(entry)) };
};

describe('the timeline', () => {
  test('shows each sentence when it begins to be heard', () => {
    const { clock, lines, show } = watch();
    show({ kind: 'speech', who: 'support', at: 0, text: 'Hello there. How are you now?', ms: 2_000, heard: undefined });
    expect(lines.join()).toContain('Hello there.');
    expect(lines.join()).not.toContain('How are');
    clock.advance(2_000);
    expect(lines.at(-1)).toContain('How are you now?');
  });

  test('words that a barge-in threw away are never shown', () => {
    const { clock, lines, show } = watch();
    show({ kind: 'speech', who: 'support', at: 0, text: 'Hello there. How are you now?', ms: 2_000, heard: undefined });
    clock.advance(300);
    show({ kind: 'barge-in', at: 300, discardedMs: 1_700 });
    clock.advance(5_000);
    expect(lines.join()).not.toContain('How are');
    expect(lines.at(-1)).toContain('1700 ms unheard');
  });

  test('what is learned at once is one line, and nothing is learned twice', () => {
    const { clock, lines, show } = watch();
    const fact = (key: string, value: string): Entry => ({ kind: 'learned', at: 0, key, value, source: 'tool' });
    show(fact('accountTier', 'Pro'), fact('accountId', 'acct_1'), fact('accountTier', 'Pro'));
    clock.advance(100);
    show(fact('accountTier', 'Pro'));
    clock.advance(100);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('+ account tier Pro · account id acct_1');
  });

  test('a handoff leads from lane to lane, and an agent without a lane of its own breaks nothing', () => {
    const { lines, show } = watch();
    show(
      { kind: 'bound', at: 0, agent: 'support', cause: 'answer' },
      { kind: 'bound', at: 0, agent: 'technical', cause: 'handoff' },
      { kind: 'handoff', at: 0, from: 'support', to: 'technical', switchMs: 300 },
      { kind: 'bound', at: 0, agent: 'somebody-new', cause: 'resume' },
    );
    expect(lines.join('\n')).toContain('╰──●');
    expect(lines.at(-1)).toContain('Somebody-new takes the call (resume)');
  });
});

describe('the timeline of a passage', () => {
  test('what a menu passed on leads from its lane to the agent who answers', () => {
    const { lines, show } = watch(['caller', 'menu', 'billing']);
    show(
      { kind: 'menu', at: 0, agent: 'menu' },
      { kind: 'keys', at: 100, digits: '1042#' },
      { kind: 'passed', at: 200, from: 'menu', fields: { accountId: 'acct_1042' } },
      { kind: 'bound', at: 300, agent: 'billing', cause: 'answer' },
      { kind: 'ended', at: 400, reason: 'agent-ended', resolved: true },
    );
    expect(lines[1]).toContain('presses 1042#');
    expect(lines[2]).toContain('passes on: account id acct_1042');
    expect(lines[3]).toContain('╰──┬');
    expect(lines[4]).toContain('│     │');
  });

  test('a person has a lane while their phone has the call, and the caller goes there and back', () => {
    const { lines, show } = watch(['caller', 'support', 'person']);
    show(
      { kind: 'bound', at: 0, agent: 'support', cause: 'answer' },
      { kind: 'person-does', at: 10, words: 'rings', lane: 'opens' },
      { kind: 'told', at: 20, text: 'A caller.' },
      { kind: 'joined', at: 30 },
      { kind: 'bound', at: 40, agent: 'support', cause: 'return' },
      { kind: 'person-does', at: 50, words: 'the line is closed', lane: 'closes' },
      { kind: 'ended', at: 60, reason: 'agent-ended', resolved: true },
    );
    expect(lines[2]).toContain('“A caller.”');
    expect(lines[3]).toContain('╰──●');
    expect(lines[4]).toContain('●──╯   Support has the caller back');
    expect(lines[6]).toMatch(/│ {2}│ {6}the call ends/);
  });
});

describe('the story', () => {
  test('words that no agent heard do not shift what the model understood', () => {
    const lines = ['one', 'two', 'three'].map((text) => ({ text, mulaw: new Uint8Array(800) }));
    const story = new Story({ now: () => 0, from: '+1', to: '+2', lines });
    for (const at of [0, 1_000, 2_000]) story.note({ type: 'caller-started', at });
    const said = (text: string) =>
      story.learn({ seq: 1, term: term(1), at: wallTime(0), type: 'caller-said', turn: text, text });
    said('one');
    said('three');
    expect(story.entries.filter(({ kind }) => kind === 'understood')).toEqual([]);
    said('four');
    expect(story.entries.filter(({ kind }) => kind === 'understood')).toHaveLength(1);
  });

  test('speech that is made while other speech plays begins behind it', () => {
    let now = 0;
    const story = new Story({ now: () => now, from: '+1', to: '+2', lines: [] });
    const said = (item: string, heardMs: number) =>
      story.learn({
        seq: 1,
        term: term(1),
        at: wallTime(0),
        type: 'agent-said',
        item,
        agent: 'support',
        text: item,
        heardText: '',
        saidMs: 2_000,
        heardMs,
      });
    now = 500;
    said('one', 300);
    now = 700;
    said('two', 0);
    said('one', 2_000);
    const speeches = story.entries.flatMap((entry) => (entry.kind === 'speech' ? [[entry.text, entry.at]] : []));
    expect(speeches).toEqual([
      ['one', 200],
      ['two', 2_200],
    ]);
  });
});

describe('ink', () => {
  test.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '' }, true],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: false }, {}, false],
    [{}, {}, false],
  ])('%j with %j has colours: %j', (stream, env, coloured) => {
    expect(inkFor(stream, env).paint('good', 'x') !== 'x').toBe(coloured);
  });

  test.each([
    [{ isTTY: true, columns: 200 }, 100],
    [{ isTTY: true, columns: 20 }, 60],
    [{ isTTY: true, columns: 0 }, 80],
    [{ columns: 200 }, 80],
  ])('%j is written %d columns wide', (stream, columns) => {
    expect(inkFor(stream, {}).columns).toBe(columns);
  });

  test('wraps at spaces, and long words anywhere', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('', 4)).toEqual([]);
  });
});

test.each([
  ['Hello there. How are you?', ['Hello there.', 'How are you?']],
  ['Version 2.5 is out. Yes!', ['Version 2.5 is out.', 'Yes!']],
  ['no end', ['no end']],
  ['', []],
])('%j has the sentences %j', (text, sentences) => {
  expect(sentencesOf(text).map((sentence) => sentence.text)).toEqual(sentences);
});
