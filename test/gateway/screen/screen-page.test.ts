import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noticePage, type Said, screenPage, unsavedPage } from '../../../gateway/screen/screen-page.ts';
import { wallTime } from '../../../infra/brand.ts';
import { bundleOf, callerSaid, learned } from '../../agents/handoff/world.ts';
import { nastyJson, nastyText } from '../../fuzz/runs.ts';
import { allOf, find, parsePage, texts } from './page-document.ts';
import { danasView, emptyView, now, viewFull } from './world.ts';

const pageOf = (view = danasView(), said?: Said) =>
  parsePage(screenPage(view, { now, ...(said === undefined ? {} : { said }) }));

describe('at a glance', () => {
  test('who, why, mood and what failed stand first, in this order', () => {
    const [glance] = find(pageOf(), 'section');
    expect(glance?.attributes['class']).toBe('glance');
    expect(glance?.text).toBe(
      'Caller for Integration team Dana Whitfield Pro +14155550134 ' +
        'API key still gets a 401 after a reset; the SDK sends no Authorization header. Asked for a person, has a release tonight. ' +
        'Mood ▲ frustrated About API key What did not work ' +
        '✕ failed Sent the key as Authorization: Bearer from the client options ✕ failed Reset API key',
    );
  });

  test('a name that nobody checked says so; a number stands for a name that is not known', () => {
    const named = { ...danasView(), bundle: bundleOf([1, { ...learned('name', 'Dana'), verified: false } as never]) };
    expect(texts(pageOf(named), 'section.glance')[0]).toMatch(/^Caller for Integration team Dana \? name not verified/);
    const numbered = bundleOf([1, { type: 'call-started', from: '+14155550134', to: '+1', line: 'acme', ivr: {} }]);
    expect(texts(pageOf({ ...danasView(), bundle: numbered }), 'h1')).toEqual(['+14155550134']);
  });

  test('nothing known: the page says so, and there is no empty label', () => {
    const page = pageOf(emptyView());
    expect(texts(page, 'section')).toEqual([
      'Caller for you Unknown caller Asked for a person. Nothing was tried yet.',
      'Facts Nothing is known yet.',
      'Conversation Nothing was said yet.',
    ]);
    expect(find(page, 'dt')).toEqual([]);
  });

  test('every failure is shown once: the newest four at the top, the others below', () => {
    const attempts = Array.from(
      { length: 6 },
      (_, index) => [index, { type: 'solution-tried', solution: `step ${index}`, outcome: 'failed' }] as const,
    );
    const [top, others] = texts(pageOf({ ...danasView(), bundle: bundleOf(...attempts) }), 'ul.attempts');
    expect(top?.match(/step \d/g)).toEqual(['step 5', 'step 4', 'step 3', 'step 2']);
    expect(others?.match(/step \d/g)).toEqual(['step 0', 'step 1']);
  });
});

test.each([
  ['waiting', 'The caller waits for you asked 25 s ago Refresh', true],
  ['talking', 'You have the caller asked 25 s ago Refresh', true],
  ['over', 'The caller is not with you any more asked 25 s ago', false],
] as const)('%s', (phase, words, hasCall) => {
  const page = pageOf(danasView({ phase }));
  expect(texts(page, 'header.status')).toEqual([words]);
  const buttons = ['Save', 'Give the caller back to the assistant', 'End the call'];
  expect(texts(page, 'button')).toEqual(hasCall ? buttons : ['Save']);
});

test('facts: what was checked first, each with its source and a sign that is not only a colour', () => {
  const [list] = find(pageOf(), 'dl.facts');
  expect(list?.children.map(({ text }) => text)).toEqual([
    'Account name Dana Whitfield ✓ verified looked up',
    'Account tier Pro ✓ verified looked up',
    'Account ID acct_1042 ✓ verified looked up',
    'API key status active ✓ verified looked up',
    'Caller number +14155550134 ? not verified shown by the telephone network',
    'Menu choice developer support ? not verified from the telephone menu',
    'SDK Python 3.12, acme-sdk 4.1.0 ? not verified said by the caller',
  ]);
});

test('tools: newest first, with status and moment; few plain fields side by side, long results folded', () => {
  const page = pageOf();
  const [logs, reset, account] = find(page, 'ol.tools')[0]?.children ?? [];
  expect(reset?.text).toBe(
    'Reset API key ✓ done ! can not be undone 0:28 With Account ID: acct_1042 Prefix ak_91c Status active',
  );
  expect(account?.text).toContain('API key prefix ak_7f3 API key status active API key activated at 2026-01-01 08:12 UTC');
  const [folded] = logs === undefined ? [] : find(logs, 'details');
  expect(folded?.attributes).not.toHaveProperty('open');
  expect(folded?.text).toMatch(/^Show the result \{ "requests": \[/);
});

test('the conversation: who spoke, when, what was heard and what was not, handoffs between; older turns folded', () => {
  const page = pageOf();
  const [earlier, newest] = find(page, 'ol.talk').map(({ children }) => children.map(({ text }) => text));
  expect(earlier).toEqual([
    'Assistant support 0:01 Welcome to Acme support. I am an AI assistant. How can I help you today?',
    'Caller 0:08 Hi, my API key stopped working. I activated it yesterday and every request gets a 401.',
  ]);
  expect(newest?.slice(3)).toEqual([
    'Caller 0:52 Still 401. This is really frustrating, I have a release tonight.',
    'support handed over to technical: r 1:00',
    'Assistant technical 1:03 I know this is frustrating. Your requests reach us without an Authorization header. – ' +
      'Not heard by the caller: Could you send me the line that sets the header?',
    'Caller 1:12 I set it in the client options. Look, can I please talk to a person?',
    'Caller 1:20 (spoke, but nothing was written down)',
  ]);
  expect(texts(page, 'summary')).toContain('Show what was said before (2)');
});

describe('the form', () => {
  test('works without scripts: posts to where it is, with the notes and the outcome that are known', () => {
    const page = pageOf(danasView({ phase: 'talking', notes: '\n  two\nlines', outcome: 'not-solved' }));
    const [form] = find(page, 'form');
    expect(form?.attributes).toEqual({ method: 'post', id: 'word' });
    expect(screenPage(danasView({ notes: '\n  two\nlines' }), { now })).toContain('>\n\n  two\nlines</textarea>');
    const radios = find(page, 'input').map(({ attributes: { name, value, checked } }) => [name, value, checked]);
    expect(radios).toEqual([
      ['outcome', 'solved', undefined],
      ['outcome', 'not-solved', 'checked'],
      ['outcome', 'call-back', undefined],
    ]);
    expect(find(page, 'button').map(({ attributes: { name, value } }) => [name, value])).toEqual([
      [undefined, undefined], // the first one is what the Enter key presses
      ['next', 'give-back'],
      ['next', 'end-call'],
    ]);
  });

  test('to end the call takes two steps', () => {
    const [details] = find(pageOf(), 'details.end');
    expect(details?.attributes).not.toHaveProperty('open');
    expect(find(details ?? pageOf(), 'button.danger')).toHaveLength(1);
  });

  test.each<[Said, RegExp]>([
    ['saved', /^Saved\.$/],
    ['given-back', /back to the assistant/],
    ['ended', /being ended/],
    ['over', /not with you any more/],
  ])('after a post it says what became of it: %s', (said, words) => {
    const answers = find(pageOf(danasView(), said), 'p.answer');
    expect(answers.map(({ text }) => text)).toEqual([expect.stringMatching(words)]);
    expect(answers[0]?.attributes['role']).toBe('status');
  });

  test('what could not be saved is still there', () => {
    const page = parsePage(unsavedPage({ notes: 'My long notes', outcome: 'call-back' }));
    expect(texts(page, 'textarea')).toEqual(['My long notes']);
    expect(find(page, 'input').find(({ attributes }) => attributes['checked'] !== undefined)?.attributes['value']).toBe(
      'call-back',
    );
    expect(texts(page, 'button')).toHaveLength(3);
  });
});

describe('for everybody', () => {
  const pages = {
    dana: pageOf(),
    full: pageOf(viewFull('x')),
    unsaved: parsePage(unsavedPage({ notes: null, outcome: null })),
    notice: parsePage(noticePage('Title', 'Words')),
  };

  test.each(Object.entries(pages))('%s: one h1, a main, a language, a viewport that can be zoomed', (_name, page) => {
    expect(find(page, 'h1')).toHaveLength(1);
    expect(find(page, 'main')).toHaveLength(1);
    expect(page.attributes['lang']).toBe('en');
    const viewport = find(page, 'meta').find(({ attributes }) => attributes['name'] === 'viewport')?.attributes['content'];
    expect(viewport).toBe('width=device-width, initial-scale=1');
  });

  test.each(Object.entries(pages))(
    '%s: every field has a label, every group a name, every id is there once',
    (_name, page) => {
      const labels = new Set(find(page, 'label').map(({ attributes }) => attributes['for']));
      for (const { attributes } of find(page, 'textarea')) {
        expect(labels).toContain(attributes['id']);
        expect(allOf(page).some((each) => each.attributes['id'] === attributes['aria-describedby'])).toBe(true);
      }
      for (const label of find(page, 'label.choice')) expect(find(label, 'input')).toHaveLength(1);
      for (const fieldset of find(page, 'fieldset')) expect(find(fieldset, 'legend')).toHaveLength(1);
      const ids = allOf(page).flatMap(({ attributes: { id } }) => id ?? []);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  test('nothing is loaded and nothing leads away', () => {
    for (const page of Object.values(pages)) {
      const links = allOf(page).flatMap(({ attributes: { href, src, action, srcset } }) =>
        [href, src, action, srcset].flatMap((each) => each ?? []),
      );
      for (const link of links) expect(['?', '#word']).toContain(link);
      expect(allOf(page).map(({ name }) => name)).not.toContain('script');
    }
  });

  test('the title, which stays in lists and histories, names nobody', () => {
    expect(texts(pages.dana, 'title')).toEqual(['The caller waits for you']);
  });
});

describe('what comes in from outside is text', () => {
  const outside = (text: string) => pageOf(viewFull(text));
  const namesOf = (page: ReturnType<typeof pageOf>) =>
    allOf(page).map(({ name, attributes }) => [name, Object.keys(attributes)]);

  test.each([
    '<script>alert(1)</script>',
    '</textarea><script>alert(1)</script>',
    '</title></style><img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    '<!--',
    ']]>',
    '&lt;b&gt;&amp;',
    '`x`',
    '{{x}}',
  ])('%s', (text) => {
    const page = outside(text);
    // The same elements with the same attributes as for an innocent text, and the text where it belongs.
    expect(namesOf(page)).toEqual(namesOf(outside('innocent')));
    expect(texts(page, 'h1')).toEqual([text]);
    expect(texts(page, 'textarea')).toEqual([text]);
  });

  test('direction overrides and control characters are gone; other scripts and emoji stay', () => {
    const page = outside('a\u202Egnp\u2066.exe\u0000\u001b[31m\u200f 😀 مرحبا');
    expect(texts(page, 'h1')).toEqual(['agnp.exe[31m 😀 مرحبا']);
    expect(find(page, 'h1')[0]?.attributes['dir']).toBe('auto');
  });

  test('values of 100 kB, anywhere: the page stays small and says how much there is', () => {
    const html = screenPage({ ...viewFull('x'.repeat(100_000)), notes: null }, { now });
    expect(html.length).toBeLessThan(70_000);
    expect(html).toContain('(96,000 more characters)');
    const deep = JSON.parse(`${'{"a":'.repeat(30)}1${'}'.repeat(30)}`);
    expect(() => pageOf(viewFull('x', deep))).not.toThrow();
  });

  test('no call has so many facts and tools that its page is not read', () => {
    const many = Array.from({ length: 300 }, (_, index) => [index, learned(`key${index}`, 'value')] as const);
    const page = pageOf({ ...danasView(), bundle: bundleOf(...many) });
    expect(find(page, 'dl.facts')[0]?.children).toHaveLength(200);
    expect(texts(page, 'section').join(' ')).toContain('100 more are not shown.');
  });

  test('a call of two hours: older turns are counted, not shown', () => {
    const turns = Array.from({ length: 1_000 }, (_, index) => [index, callerSaid(`word ${index}`)] as const);
    const page = pageOf({ ...danasView(), bundle: bundleOf(...turns) });
    expect(find(page, 'li.caller')).toHaveLength(408);
    expect(texts(page, 'details').join(' ')).toContain('592 older turns are not shown.');
  });

  test('whatever it is, the page is well-formed and has no element or attribute of its making', () => {
    const wanted = namesOf(outside('innocent'));
    const elements = new Set(wanted.map(([name]) => name));
    const attributes = new Set(wanted.flatMap(([, names]) => names));
    fc.assert(
      fc.property(nastyText, nastyJson, (text, value) => {
        const page = pageOf(viewFull(text, JSON.parse(JSON.stringify(value) ?? 'null')));
        for (const element of allOf(page)) {
          expect(elements.has(element.name) || ['ul', 'dl', 'details', 'summary', 'pre'].includes(element.name)).toBe(true);
          for (const name of Object.keys(element.attributes)) expect(attributes).toContain(name);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test.each([
  [0, 'just now'],
  [4, 'just now'],
  [59, '59 s ago'],
  [60, '1 min ago'],
  [3_599, '59 min ago'],
  [7_300, '2 h ago'],
  [-50, 'just now'],
])('asked %i s before: %s', (seconds, words) => {
  const view = danasView();
  const page = parsePage(screenPage(view, { now: wallTime(view.transfer.requestedAt + seconds * 1_000) }));
  expect(texts(page, 'header.status')[0]).toContain(`asked ${words}`);
});
