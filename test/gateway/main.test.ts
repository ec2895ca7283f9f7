import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../world/free-port.ts';

const root = join(import.meta.dirname, '..', '..');

/** Runs `gateway/main.ts` to its end in an environment of its own. */
const main = async (env: Record<string, string>, ...words: readonly string[]) => {
  const child = spawn(process.execPath, [join(root, 'gateway', 'main.ts'), ...words], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk;
  });
  const [code] = await once(child, 'close');
  return { ...text, code };
};

/** A port that another server has, as settings tell it. */
const takenPort = async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  return { other, port: typeof address === 'object' && address !== null ? String(address.port) : '' };
};

test('wrong settings: one table with all of them on standard error, exit code 1', async () => {
  const { code, out, err } = await main({
    PUBLIC_URL: 'http://voice.example.com',
    THROUGHLINE_WORKER: '1',
    TWILIO_AUTH_TOKEN: 'canary',
  });
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toMatch(/^SETTING +WHAT IS WRONG +WHERE TO GET IT$/m);
  expect(err).toMatch(/^PUBLIC_URL +must be https/m);
  expect(err).toMatch(/^THROUGHLINE_WORKER +is not a setting +did you mean THROUGHLINE_WORKERS\?$/m);
  expect(err).toMatch(/^OPENAI_API_KEY +is missing +platform\.openai\.com/m);
  expect(err).not.toContain('canary');
});

test('a port in use is a problem like the others', async () => {
  const { other, port } = await takenPort();
  const { code, err } = await main({ OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', PORT: port });
  other.close();
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^PORT +${port} is in use by another program`, 'm'));
  expect(err).toContain(`http://localhost:${port}/twilio/voice`);
  expect(err).toContain('SIGNATURES ARE NOT CHECKED');
});

test('--print-config shows every setting, secrets masked', async () => {
  const { code, out } = await main({ OPENAI_API_KEY: 'canary', PORT: '9000' }, '--print-config');
  expect(code).toBe(0);
  expect(out).toMatch(/^OPENAI_API_KEY=set$/m);
  expect(out).toMatch(/^PORT=9000 on 127\.0\.0\.1 only$/m);
});

test('a terminal that is closed ends the serving process in order, too', async () => {
  const [port, consolePort] = [String(await freePort()), String(await freePort())];
  const child = spawn(process.execPath, [join(root, 'gateway', 'main.ts')], {
    cwd: root,
    env: { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', STORE: 'sqlite::memory:', PORT: port, CONSOLE_PORT: consolePort },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  const ready = new Promise<void>((resolve) =>
    child.stderr.on('data', (data: Buffer) => data.includes('ready for calls') && resolve()),
  );
  await ready;
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGHUP');
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(out).toContain('"reason":"exit code 0","text":"worker ended"');
});
