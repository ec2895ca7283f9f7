import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requireLine } from '../../agents/line.ts';
import { knownSettings } from '../../gateway/config/known.ts';
import { describeSettings } from '../../gateway/config/show.ts';
import { readSettings } from '../../gateway/config.ts';
import { paths } from '../../gateway/http/deps.ts';
import { parseCallId } from '../../infra/brand.ts';
import { emptyBundle } from '../../store/context/bundle.ts';
import { bundleDocument } from '../../store/context/document.ts';
import { createLine } from './readme-line.ts';

const root = join(import.meta.dirname, '..', '..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const readme = textOf('README.md');

/** What stands between the fences of the first block of that language. */
const block = (language: string): string => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(readme)?.[1] ?? '';

/** The table of settings: name -> default and meaning as they stand there. */
const rows = new Map(
  [...readme.matchAll(/^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$/gm)].map(([, name = '', value = '', meaning = '']) => [
    name,
    { value: value.replaceAll('`', ''), meaning },
  ]),
);

/** The defaults as the gateway shows them. The key is only there because nothing starts without it. */
const defaults = (): Readonly<Record<string, string>> => {
  const result = readSettings({ OPENAI_API_KEY: 'sk-example' }, () => '');
  if (result.kind === 'problems') throw new Error(JSON.stringify(result.problems));
  return { ...describeSettings(result.settings), OPENAI_API_KEY: 'not set' };
};

describe('README: settings', () => {
  test('every setting is named, and no other', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(knownSettings).sort());
  });

  test.each(Object.keys(knownSettings))('%s has the default that the code has', (name) => {
    const shown = (defaults()[name] ?? 'not set').replace(/ on 127\.0\.0\.1 only$/, '');
    expect(rows.get(name)?.value).toBe(shown === 'not set' ? 'none' : shown);
  });
});

describe('README: code and data', () => {
  test('the example is a file that compiles, word for word, and a line that can be served', () => {
    expect(block('ts')).toBe(textOf('test/docs/readme-line.ts'));
    const line = requireLine(createLine());
    expect([...line.agents.keys()]).toEqual(['support', 'technical']);
  });

  test('the bundle has the keys that the API gives, in their order', () => {
    const sample: unknown = JSON.parse(block('json'));
    const callId = parseCallId('CA8d19047f68d120027284ab28f4f7128c');
    if (callId === undefined) throw new Error('no call id');
    expect(Object.keys(Object(sample))).toEqual(Object.keys(bundleDocument(emptyBundle(callId))));
  });

  test('what Twilio is told stands there', () => {
    for (const path of [paths.voice, paths.fallback, paths.status]) expect(readme).toContain(`\`${path}\``);
  });

  test('its scripts exist', () => {
    const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(textOf('package.json'));
    const named = [...readme.matchAll(/npm run (?:--silent )?([a-z]+)/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(['bench', 'chaos', 'demo', 'check', 'clips', 'handoffs', 'soak', 'worker']));
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });
});

const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/from-the-ivr.md', 'docs/webhooks.md'],
  ...readdirSync(join(root, 'docs', 'decisions')).map((name) => `docs/decisions/${name}`),
];
const folders = 'gateway|agents|store|infra|test|docs';

describe.each(pages)('%s', (page) => {
  const text = textOf(page);

  test('its links lead somewhere', () => {
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  test('the files and folders it names exist', () => {
    const named = [...text.matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, 'g'))].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
