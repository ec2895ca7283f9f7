import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Turnstile } from '../../infra/turnstile.ts';

/** A file that is open. All methods reject as Node's do, with a `code` like `ENOSPC`. */
export interface DiskFile {
  /** All of the bytes, from `position` on. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** As many bytes from `position` on as there are, at most `length`. */
  read(length: number, position: number): Promise<Buffer>;
  facts(): Promise<{ readonly bytes: number; readonly changedAt: number }>;
  close(): Promise<void>;
}

/** The folder of recordings. */
export interface Disk {
  /** `new`: it must not be there yet. */
  open(name: string, how: 'new' | 'read' | 'change'): Promise<DiskFile>;
  names(): Promise<readonly string[]>;
  /** No harm when it is gone already. */
  remove(name: string): Promise<void>;
  freeBytes(): Promise<number>;
  /** Makes the folder where there is none, and a file in it, which goes again. */
  check(): Promise<void>;
}

const modes = { new: 'wx+', read: 'r', change: 'r+' } as const;
/** Only the gateway's own user reads recordings. */
const fileMode = 0o600;
const folderMode = 0o700;
/** Of Node's four threads for files and names of hosts: a disk that hangs may hold these, and calls still find the model's server. */
const atOnce = 2;

const codeOf = (thrown: unknown): unknown =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;

/** Whether a write failed as there is no room. */
export const isFull = (thrown: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(codeOf(thrown)));

/** Whether there is no such file. */
export const isMissing = (thrown: unknown): boolean => codeOf(thrown) === 'ENOENT';

const fileOf = (handle: FileHandle, gate: Turnstile): DiskFile => ({
  write: (bytes, position) =>
    gate.pass(async () => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    }),
  read: (length, position) =>
    gate.pass(async () => {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    }),
  facts: () =>
    gate.pass(async () => {
      const { size, mtimeMs } = await handle.stat();
      return { bytes: size, changedAt: mtimeMs };
    }),
  close: () => gate.pass(() => handle.close()),
});

/** A folder of this machine, or one that machines share. */
export const folderDisk = (folder: string): Disk => {
  const gate = new Turnstile(atOnce);
  const disk: Disk = {
    open: async (name, how) => fileOf(await gate.pass(() => open(join(folder, name), modes[how], fileMode)), gate),
    names: () => gate.pass(() => readdir(folder)),
    remove: (name) =>
      gate.pass(async () => {
        await unlink(join(folder, name)).catch((thrown: unknown) => {
          if (!isMissing(thrown)) throw thrown;
        });
      }),
    freeBytes: () =>
      gate.pass(async () => {
        const { bavail, bsize } = await statfs(folder);
        return bavail * bsize;
      }),
    async check() {
      await gate.pass(() => mkdir(folder, { recursive: true, mode: folderMode }));
      const name = `.probe-${randomUUID()}`;
      const probe = await disk.open(name, 'new');
      try {
        await probe.write(Uint8Array.of(0), 0);
      } finally {
        await probe.close();
        await disk.remove(name);
      }
    },
  };
  return disk;
};
