import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLog, maskNumbers } from '../../infra/log.ts';

const collect = (level = 'info') => {
  const lines: string[] = [];
  return { lines, log: createLog({ level, destination: { write: (line) => lines.push(line) } }) };
};

test('one JSON object per line, with level, time, facts and text', () => {
  const { lines, log } = collect();
  log.info({ callId: `CA${'1'.repeat(32)}`, durationMs: 12.5 }, 'call ended');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    callId: `CA${'1'.repeat(32)}`,
    durationMs: 12.5,
    text: 'call ended',
  });
});

test('facts that are not on the allow-list are left out, in a child too', () => {
  const { lines, log } = collect();
  log.child({ agent: 'support', transcript: 'canary' }).warn({ said: 'canary', code: 'x' }, 'text');
  expect(lines[0]).not.toContain('canary');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ agent: 'support', code: 'x', omitted: ['said'] });
});

test('nothing below the level is written', () => {
  const { lines, log } = collect('warn');
  log.info({}, 'quiet');
  log.debug({}, 'quiet');
  log.error({}, 'loud');
  expect(lines).toHaveLength(1);
});

test('what somebody else wrote can forge no line and no terminal command', () => {
  const { lines, log } = collect();
  log.info({ reason: 'x\n{"level":"error"}\u001b[31m' }, 'a\nb\u001b');
  expect(lines.join('').trimEnd()).not.toMatch(/\p{Cc}/u);
});

describe('numbers are masked to their last two digits', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['+15551234567', '*********67'],
    ['call +1 (555) 123-4567 now', 'call *********67 now'],
    ['sip:5551234567@x', 'sip:********67@x'],
    ['https://user:password@host/x', 'https://***@host/x'],
    [`CA${'12345678'.repeat(4)}`, `CA${'12345678'.repeat(4)}`],
    ['2026-11-24T03:38:29Z', '2026-11-24T03:38:29Z'],
    ['after 15000 ms on 127.0.0.1:8080', 'after 15000 ms on 127.0.0.1:8080'],
  ];
  test.each(cases)('%s', (text, expected) => expect(maskNumbers(text)).toBe(expected));
});

test('what was logged last is on standard output when the process ends', () => {
  const log = join(import.meta.dirname, '..', '..', 'infra', 'log.ts');
  const code = `const { createLog } = await import(${JSON.stringify(log)}); const log = createLog({ level: 'info' });
    for (let n = 0; n < 1000; n += 1) log.info({ count: n }, 'x'); process.exitCode = 3;`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect(done.status).toBe(3);
  expect(done.stdout.trimEnd().split('\n')).toHaveLength(1000);
});
