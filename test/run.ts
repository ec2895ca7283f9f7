// `npm test`: makes sure of a redis-server, then runs vitest with the arguments it was given.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedis } from './ensure-redis.ts';

const root = join(import.meta.dirname, '..');
const inCi = ['', '0', 'false', undefined].every((no) => process.env['CI'] !== no);
const say = (text: string): void => {
  process.stderr.write(`throughline: ${text}\n`);
};

/** The part of vitest's JSON report that we read. */
interface Report {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly testResults?: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/** `N passed, N failed`. A file that failed before any of its tests ran counts as one failure. */
const closingLine = (reportFile: string): string => {
  const report: Report = JSON.parse(readFileSync(reportFile, 'utf8'));
  const broken = (report.testResults ?? []).filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return `${report.numPassedTests ?? 0} passed, ${(report.numFailedTests ?? 0) + broken.length} failed`;
};

const runVitest = async (): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-test-'));
  const reportFile = join(folder, 'report.json');
  const reporters = inCi ? ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`] : [];
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  try {
    const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
      cwd: root,
      stdio: 'inherit',
    });
    // Ctrl-C reaches vitest by itself; a signal to this process alone must not leave it behind.
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    const [code]: unknown[] = await once(child, 'exit');
    if (inCi) process.stdout.write(`\n${closingLine(reportFile)}\n`);
    return typeof code === 'number' ? code : 1;
  } catch (error) {
    say(`the tests ended without a report (${error instanceof Error ? error.message : String(error)}).`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const redis = ensureRedis(say);
if (redis.kind === 'missing') {
  say('');
  say(`REDIS TESTS ARE SKIPPED: there is no redis-server. ${redis.how}`);
  say('');
}
process.exitCode = redis.kind === 'missing' && inCi ? 1 : await runVitest();
