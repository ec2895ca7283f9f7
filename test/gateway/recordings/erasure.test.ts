import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderDisk } from '../../../gateway/recordings/disk.ts';
import { forgetRecordings } from '../../../gateway/recordings/folder.ts';
import { createLog } from '../../../infra/log.ts';
import { openStores } from '../../../store/stores.ts';
import { caller, wordyCall } from '../../store/erasure-world.ts';
import { clockThatJumps } from '../../store/jumping-clock.ts';
import { startGateway } from '../../world/gateway-process.ts';
import { recordingsFolder } from '../../world/recordings.ts';
import { accountSid, apiKey, authToken, publicUrl } from '../../world/stage.ts';

it('an erasure takes the recordings of a caller, and those of nobody else', async () => {
  const where = recordingsFolder();
  const { clock, jump } = clockThatJumps();
  const disk = folderDisk(where.folder);
  const recordings = { forget: (callIds: Parameters<typeof forgetRecordings>[1]) => forgetRecordings(disk, callIds) };
  const store = { kind: 'sqlite', path: ':memory:' } as const;
  const stores = await openStores(store, { clock, log: createLog({ level: 'silent' }), recordings });
  try {
    const ours = await wordyCall(stores, clock);
    const others = await wordyCall(stores, clock, '+14155550199');
    for (const { callId } of [ours, others])
      for (const part of ['MZ1', 'MZ2']) writeFileSync(join(where.folder, `${callId}.1767225600000.${part}.wav`), 'x');
    for (const call of [ours, others]) await call.end();
    jump(120_000);
    const { id } = await stores.erasures.order(caller);
    await stores.erasures.carryOut(id);
    expect(await stores.erasures.find(id)).toMatchObject({ state: 'done', calls: 1 });
    expect(where.parts().map(({ callId }) => callId)).toEqual([others.callId, others.callId]);
  } finally {
    await stores.close();
    where.remove();
  }
});

it('a folder that can not be used is a start that is refused, in words', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-start-'));
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const settings = {
    ...{ TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, OPENAI_API_KEY: apiKey, PUBLIC_URL: publicUrl },
    ...{ STORE: `sqlite:${join(folder, 'calls.db')}`, THROUGHLINE_RECORDING: join(file, 'recordings') },
  };
  try {
    await expect(startGateway(settings)).rejects.toThrow(/THROUGHLINE_RECORDING: the folder can't be written to \(ENOTDIR/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
