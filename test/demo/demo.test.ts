import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callerLines } from '../world/article.ts';
import { clip, clipOf } from '../world/voices/clips.ts';
import { readWav, writeCallWav } from '../world/wav.ts';
import { noisyLine } from './line-noise.ts';
import type { Figures } from './measure.ts';
import type { Report } from './report.ts';
import { showCall } from './show.ts';

const plainInk = { columns: 80, paint: (_: string, text: string) => text };
const options = {
  scenario: 'article',
  mode: 'fast',
  json: false,
  realKey: undefined,
  callerFile: undefined,
  out: undefined,
} as const;
const folder = mkdtempSync(join(tmpdir(), 'throughline-demo-'));

const play = async (more: object = {}): Promise<{ readonly report: Report; readonly lines: readonly string[] }> => {
  const lines: string[] = [];
  const around = {
    out: folder,
    print: (line: string) => lines.push(line),
    progress: () => {},
    ink: plainInk,
    realBaseUrl: undefined,
  };
  const report = await showCall({ ...options, ...more }, around);
  return { report, lines };
};

/** The figures as `--json` gives them. */
const figuresOf = ({ figures }: Report): Figures => JSON.parse(JSON.stringify(figures));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the demo, fast', () => {
  let report: Report;
  let figures: Figures;
  let lines: readonly string[];
  beforeAll(async () => {
    ({ report, lines } = await play());
    figures = figuresOf(report);
  });

  test('resolves the call and loses nothing', () => {
    expect(figures).toMatchObject({
      outcome: 'resolved',
      phoneSockets: 1,
      sessions: 2,
      handoffs: 1,
      callerFramesLost: 0,
      factsTotal: 10,
      factsCarried: 10,
      handoffGapMs: 0,
      violations: 0,
    });
    expect(figures.callerFramesSent).toBeGreaterThan(2_000);
    expect(figures.specialistFirstWords).toContain('still get a 401');
    expect(figures.handoffDeadAirMs).toBeLessThan(250);
    expect(report.shortfalls).toEqual([]);
  });

  test('shows every word of the call, in order, within 80 columns', () => {
    const text = lines.join('\n');
    for (const { clip: name } of callerLines) expect(text).toContain(clipOf(name).text.split(/[,.!]/)[0]);
    const heard = lines
      .map((line) => line.slice(18).trim())
      .join(' ')
      .replace(/\s+/g, ' ');
    const order = [
      'Hello, this is Acme',
      'checkAccountStatus()',
      'hands over to technical',
      'Technical has the call',
      'I found it',
      'Great',
    ];
    const places = order.map((words) => heard.indexOf(words));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(Math.max(...lines.filter((line) => !line.includes(folder)).map((line) => line.length))).toBeLessThanOrEqual(80);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence is what must not be there
    expect(text).not.toMatch(/\u001b/);
    expect(text).toContain('0 of');
    expect(text).toContain('acct_1042');
  });

  test('leaves a stereo recording in which both sides speak', () => {
    const sound = readWav(readFileSync(join(folder, 'call.wav')));
    expect(sound.sampleRate).toBe(8_000);
    expect(sound.channels).toHaveLength(2);
    for (const channel of sound.channels) {
      expect(channel.length).toBe(Math.ceil(figures.callMs * 8));
      expect(channel.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)).toBeGreaterThan(3_000);
    }
  });

  test('leaves the bundle', () => {
    const bundle = JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8'));
    expect(bundle).toMatchObject({ schema: 1, fromAgent: 'support', toAgent: 'technical' });
    expect(bundle.userState).toMatchObject({ accountTier: 'Pro', issueCategory: 'API key' });
    expect(bundle.agentState.outcome).toBe('Resolved');
  });

  test('leaves a page that needs no network', () => {
    const page = readFileSync(join(folder, 'call.html'), 'utf8').replace(/base64,[A-Za-z0-9+/=]+/, 'base64,');
    expect(page).toContain('default-src &#39;none&#39;');
    const script = page.match(/<script>([\s\S]*)<\/script>/)?.[1] ?? '';
    expect(page).toContain(createHash('sha256').update(script).digest('base64'));
    expect(page).toContain('Handoff');
    expect(page.match(/<(?:link|img|iframe|script src)/g)).toBeNull();
    expect(page.match(/(?:src|href)="(?!data:)[^"]*"/g)).toBeNull();
  });
});

describe('the demo with a voice of your own', () => {
  test('speaks the turns of a recording, whatever they say', async () => {
    // The clips backwards: nothing that anybody has heard before, with a room's noise between them.
    const turns = callerLines.map(({ clip: name }) => Uint8Array.from(clip(name)).reverse());
    const room = noisyLine(1_500);
    const recording = Buffer.concat([room, ...turns.flatMap((turn) => [turn, room])]);
    const file = join(folder, 'me.wav');
    writeFileSync(file, writeCallWav(recording, recording));
    const { report } = await play({ callerFile: file });
    expect(report.figures).toMatchObject({ outcome: 'resolved', callerFramesLost: 0, factsCarried: 10 });
  });

  test.each([
    ['a file that is not there', undefined, /can't be read/],
    ['a file that is no WAV', Buffer.from('hello'), /not a WAV file/],
    ['silence', writeCallWav(noisyLine(5_000), noisyLine(5_000)), /too few turns/],
    ['one turn', writeCallWav(clip('callerOpening'), clip('callerOpening')), /too few turns/],
  ])('refuses %s in words', async (name, content, words) => {
    const file = join(folder, `${name}.wav`);
    if (content !== undefined) writeFileSync(file, content);
    await expect(play({ callerFile: file })).rejects.toThrow(words);
  });
});

describe('npm run demo', () => {
  const run = async (...flags: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const child = spawn(process.execPath, ['infra/run.cjs', 'test/demo.ts', ...flags], { cwd: root });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (piece) => {
      stdout += piece;
    });
    child.stderr.on('data', (piece) => {
      stderr += piece;
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, stdout, stderr };
  };

  test('--fast --json prints one JSON object and nothing else', async () => {
    const { code, stdout } = await run('--fast', '--json', '--out', join(folder, 'child'));
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'resolved',
      callerFramesLost: 0,
      specialistFirstWords: expect.any(String),
    });
    expect(code).toBe(0);
  }, 60_000);

  test.each([
    [['--quick'], 2, /demo: --quick is not/],
    [['--fast', '--caller', 'nowhere.wav'], 1, /demo: --caller: nowhere.wav can't be read/],
  ])('%j ends with words on standard error', async (flags, code, words) => {
    const ended = await run(...flags, '--out', join(folder, 'child'));
    expect(ended.stderr).toMatch(words);
    expect(ended.stdout).toBe('');
    expect(ended.code).toBe(code);
  });
});
