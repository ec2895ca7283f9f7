import { describe, expect, it } from 'vitest';
import type { ReelTrouble } from '../../../gateway/call/recording-port.ts';
import { checkFolder, forgetRecordings, RecordingFolder } from '../../../gateway/recordings/folder.ts';
import { fileNameOf } from '../../../gateway/recordings/part-name.ts';
import { sealedHeaderBytes, sealedSecondBytes } from '../../../gateway/recordings/sealed-sound.ts';
import { RecordingSweep } from '../../../gateway/recordings/sweep.ts';
import { type CallId, parseCallId, streamId, wallTime } from '../../../infra/brand.ts';
import { createLog } from '../../../infra/log.ts';
import { sealingKey } from '../../../store/context/seal.ts';
import { TextKeyRing } from '../../../store/key-ring.ts';
import { FakeClock, settle } from '../../world/clock.ts';
import { memoryTexts } from '../../world/memory-texts.ts';
import { soundBytesOf } from '../../world/recordings.ts';
import { diskError, ScriptedDisk } from './scripted-disk.ts';

const callIdOf = (digit: string): CallId => {
  const callId = parseCallId(`CA${digit.repeat(32)}`);
  if (callId === undefined) throw new Error('no call id');
  return callId;
};
const callId = callIdOf('1');
const oldKey = sealingKey(Uint8Array.from({ length: 32 }, (_, at) => at * 3));
const newKey = sealingKey(Uint8Array.from({ length: 32 }, (_, at) => at * 5 + 1));
const log = createLog({ level: 'silent' });

const world = () => {
  const clock = new FakeClock();
  const disk = new ScriptedDisk(clock.wall);
  const texts = memoryTexts();
  const counted: unknown[] = [];
  const metrics = { count: (_: string, labels?: object) => void counted.push(labels) };
  const ringOf = (...sealKeys: [typeof oldKey, ...(typeof oldKey)[]]) => new TextKeyRing({ sealKeys, texts, clock });
  const folderWith = (keys: TextKeyRing | undefined) => new RecordingFolder({ disk, keys, clock, log, metrics });
  return { clock, disk, counted, ringOf, folderWith };
};

/** Gives a reel so many whole seconds, and half of one, and waits until all is written. */
const record = async (
  folder: RecordingFolder,
  {
    seconds = 3,
    part = 'MZ1',
    of = callId,
    at = 0,
  }: { readonly seconds?: number; readonly part?: string; readonly of?: CallId; readonly at?: number } = {},
) => {
  const stopped: ReelTrouble[] = [];
  let free = () => {};
  const startedAt = wallTime(Date.UTC(2026, 0, 1) + at);
  const reel = folder.begin(
    { callId: of, streamId: streamId(part), startedAt },
    { onFree: () => free(), onStopped: (why) => stopped.push(why) },
  );
  const give = async (bytes: number, code: number) => {
    for (let tries = 0; tries < 50 && !reel.take(bytes, (into) => into.fill(code, 0, bytes)); tries += 1) {
      await new Promise<void>((again) => {
        free = again;
        setTimeout(again, 5);
      });
    }
  };
  for (let second = 0; second < seconds; second += 1) await give(16_000, second + 1);
  await give(8_000, 99);
  await settle();
  return { reel, stopped, name: fileNameOf({ callId: of, streamId: streamId(part), startedAt, isSealed: folder.isSealed }) };
};

const playedOf = async (folder: RecordingFolder, of = callId): Promise<Buffer | undefined> => {
  const whole = await folder.open(of);
  if (whole === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of whole.read(0, whole.bytes)) pieces.push(Uint8Array.from(piece));
  await whole.close();
  return Buffer.concat(pieces);
};

describe('a plain recording', () => {
  it('is a WAV file of stereo mu-law as soon as it is written, and says its right length at the end', async () => {
    const { folderWith, disk, counted } = world();
    const folder = folderWith(undefined);
    const { reel, name } = await record(folder);
    reel.end();
    await folder.whenIdle();
    const file = disk.files.get(name);
    expect(file?.length).toBe(58 + 56_000);
    expect(file && soundBytesOf(file)).toBe(56_000);
    expect(await playedOf(folder)).toEqual(file);
    expect(counted).toEqual([{ outcome: 'ended' }]);
  });

  it('of a process that is gone says what was written with its last header, and the sweep mends the rest', async () => {
    const { folderWith, disk, clock } = world();
    const { name } = await record(folderWith(undefined), { seconds: 8 });
    const cut = () => disk.files.get(name) ?? Buffer.alloc(0);
    disk.files.set(name, cut().subarray(0, -3)); // in the middle of a write
    expect(soundBytesOf(cut())).toBe(5 * 16_000);
    const sweep = new RecordingSweep({ disk, days: 30, isKnown: async () => true, clock, log });
    await sweep.run();
    expect(soundBytesOf(cut())).toBe(5 * 16_000); // it may still be written to
    clock.advance(61_000);
    await sweep.run();
    expect(soundBytesOf(cut())).toBe(cut().length - 58 - 1);
  });

  it('is put together of its parts, with silence between', async () => {
    const { folderWith } = world();
    const folder = folderWith(undefined);
    for (const [part, at] of [
      ['MZ1', 0],
      ['MZ2', 10_000],
    ] as const)
      (await record(folder, { part, at })).reel.end();
    await folder.whenIdle();
    const whole = (await playedOf(folder)) ?? Buffer.alloc(0);
    expect(whole).toHaveLength(58 + 13_500 * 16);
    expect([whole[58], whole[58 + 5_000 * 16], whole[58 + 10_000 * 16]]).toEqual([1, 0xff, 1]);
  });
});

describe('a disk that makes trouble', () => {
  it.each([
    ['ENOSPC', 'disk-full'],
    ['EIO', 'disk-failed'],
  ])('%s ends the recording as %s; what is there stays', async (code, why) => {
    const { folderWith, disk, counted } = world();
    const folder = folderWith(undefined);
    let writes = 0;
    disk.beforeWrite = async () => {
      writes += 1;
      if (writes > 3) throw diskError(code);
    };
    const { stopped, name } = await record(folder, { seconds: 6 });
    await folder.whenIdle();
    expect(stopped).toEqual([why]);
    expect(counted).toEqual([{ outcome: why }]);
    expect(disk.files.get(name)).toHaveLength(58 + 2 * 16_000);
  });

  it('leaves room for others', async () => {
    const { folderWith, disk } = world();
    disk.free = 200 * 1024 * 1024;
    const { stopped } = await record(folderWith(undefined));
    expect(stopped).toEqual(['disk-full']);
    await expect(checkFolder(disk)).rejects.toThrow('THROUGHLINE_RECORDING: the folder has less than 256 MB');
  });

  it('that hangs gets one second at a time, and a recording that loses a minute is given up', async () => {
    const { folderWith, disk } = world();
    const hung = Promise.withResolvers<void>();
    let writes = 0;
    disk.beforeWrite = async () => {
      writes += 1;
      if (writes > 2) await hung.promise;
    };
    const { reel, stopped } = await record(folderWith(undefined), { seconds: 2 });
    for (let lost = 0; lost < 60; lost += 1) reel.skip();
    expect([writes, stopped]).toEqual([3, []]);
    reel.skip();
    expect(stopped).toEqual(['disk-slow']);
    hung.resolve();
  });
});

describe('a sealed recording', () => {
  const sealed = async () => {
    const all = world();
    const folder = all.folderWith(all.ringOf(oldKey));
    const { reel, name } = await record(folder);
    return { ...all, folder, reel, name };
  };

  it('is opened with its key, has no sound in the clear, and is refused with another seal key', async () => {
    const { folder, folderWith, ringOf, reel, disk, name } = await sealed();
    reel.end();
    await folder.whenIdle();
    const played = await playedOf(folder);
    expect(played).toHaveLength(58 + 56_000);
    expect((await folder.open(callId))?.isCut).toBe(false);
    expect([played?.[58], played?.[58 + 16_000], played?.at(-1)]).toEqual([1, 2, 99]);
    expect(disk.files.get(name)?.includes(Buffer.alloc(16, 1))).toBe(false);
    await expect(folderWith(ringOf(newKey)).open(callId)).rejects.toThrow('seal key that is not set');
    await expect(folderWith(undefined).open(callId)).rejects.toThrow('seal key that is not set');
  });

  it('is opened after the seal key was changed', async () => {
    const { folder, folderWith, ringOf, reel } = await sealed();
    reel.end();
    await folder.whenIdle();
    expect(await ringOf(newKey, oldKey).rewrap()).toEqual({ moved: 1, locked: 0 });
    expect(await playedOf(folderWith(ringOf(newKey)))).toHaveLength(58 + 56_000);
  });

  it('is gone for good once its key was dropped', async () => {
    const { folder, folderWith, ringOf } = await sealed();
    await ringOf(oldKey).drop([callId]);
    expect(await folderWith(ringOf(oldKey)).open(callId)).toBeUndefined();
    expect(folder.isSealed).toBe(true);
  });

  it('that was cut off, between seconds or in one, has what is whole, and is known to be cut', async () => {
    const { folder, reel, disk, name } = await sealed();
    reel.end();
    await folder.whenIdle();
    const file = disk.files.get(name) ?? Buffer.alloc(0);
    for (const [length, sound] of [
      [file.length - 29, 56_000], // without the mark of its end
      [file.length - 30, 48_000],
      [sealedHeaderBytes + 2 * sealedSecondBytes, 32_000],
      [sealedHeaderBytes + 2 * sealedSecondBytes + 700, 32_000],
    ] as const) {
      disk.files.set(name, file.subarray(0, length));
      expect(await playedOf(folder)).toHaveLength(58 + sound);
      const whole = await folder.open(callId);
      expect(whole?.isCut).toBe(true);
    }
  });

  it('is refused where one bit is different, a second was moved, or it is in the place of another', async () => {
    const { folder, reel, disk, name } = await sealed();
    reel.end();
    await folder.whenIdle();
    const file = disk.files.get(name) ?? Buffer.alloc(0);
    const second = (number: number) =>
      file.subarray(sealedHeaderBytes + number * sealedSecondBytes, sealedHeaderBytes + (number + 1) * sealedSecondBytes);
    const flipped = Buffer.from(file);
    flipped.writeUInt8(flipped.readUInt8(sealedHeaderBytes + 5_000) ^ 1, sealedHeaderBytes + 5_000);
    const swapped = Buffer.concat([
      file.subarray(0, sealedHeaderBytes),
      second(1),
      second(0),
      file.subarray(sealedHeaderBytes + 2 * sealedSecondBytes),
    ]);
    for (const changed of [flipped, swapped]) {
      disk.files.set(name, changed);
      await expect(playedOf(folder)).rejects.toThrow('changed, cut or moved');
    }
    disk.files.delete(name);
    disk.files.set(name.replace('MZ1', 'MZ2'), file);
    await expect(playedOf(folder)).rejects.toThrow('changed, cut or moved');
  });
});

describe('what goes', () => {
  const day = 86_400_000;

  it('too old, erased, or unknown to the store; and nothing of others', async () => {
    const { folderWith, disk, clock } = world();
    const folder = folderWith(undefined);
    for (const digit of ['1', '2', '3']) {
      const { reel } = await record(folder, { of: callIdOf(digit), at: digit === '1' ? 0 : 10 * day });
      reel.end();
    }
    await folder.whenIdle();
    disk.files.set('notes.txt', Buffer.alloc(1));
    clock.advance(10 * day + 30 * 60_000);
    for (const name of disk.files.keys()) disk.changedAt.set(name, Date.UTC(2026, 0, 11));
    const sweep = new RecordingSweep({ disk, days: 5, isKnown: async (id) => id !== callIdOf('3'), clock, log });
    await sweep.run();
    const left = () => [...disk.files.keys()].map((name) => name.slice(0, 3)).sort();
    expect(left()).toEqual(['CA2', 'CA3', 'not']); // the first is too old; the third may just be beginning
    clock.advance(31 * 60_000);
    await sweep.run();
    expect(left()).toEqual(['CA2', 'not']);
    await forgetRecordings(disk, [callIdOf('1'), callIdOf('2')]); // of one of them there is none here
    expect(left()).toEqual(['not']);
  });

  it('nothing while the store is away', async () => {
    const { folderWith, disk, clock } = world();
    const folder = folderWith(undefined);
    const { reel } = await record(folder);
    reel.end();
    await folder.whenIdle();
    clock.advance(2 * day);
    const isKnown = async () => Promise.reject(new Error('away'));
    await expect(new RecordingSweep({ disk, days: 5, isKnown, clock, log }).run()).rejects.toThrow('away');
    expect(disk.files.size).toBe(1);
  });
});
