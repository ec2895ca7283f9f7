import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startGateway } from '../world/gateway-process.ts';
import { callIdOf } from '../world/scripted-phone.ts';

const folder = mkdtempSync(join(tmpdir(), 'throughline-limit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.skipIf(process.platform !== 'linux')('two real serving processes let in together what the machine may have', async () => {
  const gateway = await startGateway({
    STORE: `sqlite:${join(folder, 'calls.db')}`,
    OPENAI_API_KEY: 'sk-test',
    THROUGHLINE_WORKERS: '2',
    THROUGHLINE_MAX_CALLS: '5',
    LOG_LEVEL: 'error',
  });
  try {
    const ring = async (number: number): Promise<string> => {
      const body = new URLSearchParams({
        CallSid: callIdOf(number),
        AccountSid: `AC${'0'.repeat(32)}`,
        From: '+15005550006',
        To: '+15005550010',
      });
      const response = await fetch(`http://127.0.0.1:${gateway.port}/twilio/voice`, {
        method: 'POST',
        body,
        headers: { connection: 'close' },
      });
      expect(response.status).toBe(200);
      return response.text();
    };
    await expect.poll(() => gateway.workers(), { timeout: 10_000 }).toHaveLength(2);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ring(500 + index)));
    expect(answers.filter((twiml) => twiml.includes('<Connect '))).toHaveLength(5);
    expect(answers.filter((twiml) => twiml.includes('All our lines are busy'))).toHaveLength(15);
  } finally {
    await gateway.stop();
  }
});
