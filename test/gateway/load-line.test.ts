import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'throughline-line-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const misnamed = `
const agent = { name: 'suppоrt', voice: 'morgan', instructions: '', expertise: [], tools: new Map(), handoffs: new Map([['suppоrt', 'me']]) };
export default { name: 'l', start: 'support', agents: new Map([['suppоrt', agent]]), humans: new Map() };`;

// C agent config: refused when the process starts, never when a caller is on the line.
test.each<[string, string, readonly RegExp[]]>([
  [
    'every problem has a path and a reason',
    misnamed,
    [
      /^ {2}start: "support" is no agent/m,
      /^ {2}agents\.\S+: has "о" \(U\+043E\)/m,
      /\.voice: "morgan" is no voice/,
      /\.instructions: is empty/,
      /\.handoffs\.\S+: hands over to itself/,
    ],
  ],
  ['not a line', 'export default { agents: 7 };', [/line: is not a line/]],
  ['not a module', 'export default {', [/THROUGHLINE_LINE: .*line\.mjs could not be loaded/]],
  ['a module that throws', 'throw new Error("oh");', [/could not be loaded: oh/]],
])('a bad line: %s', (_name, source, reasons) => {
  const path = join(folder, 'line.mjs');
  writeFileSync(path, source);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'gateway', 'serve.ts')], {
    cwd: root,
    encoding: 'utf8',
    env: { THROUGHLINE_LINE: path, OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', STORE: `sqlite:${join(folder, 'test.db')}` },
  });
  expect(status).toBe(1);
  expect(stdout).toBe('');
  for (const reason of reasons) expect(stderr).toMatch(reason);
});
