import type { Disk, DiskFile } from '../../gateway/recordings/disk.ts';

type Busy = <Result>(work: Promise<Result>) => Promise<Result>;

const busyFile = (file: DiskFile, busy: Busy): DiskFile => ({
  write: (bytes, position) => busy(file.write(bytes, position)),
  read: (length, position) => busy(file.read(length, position)),
  facts: () => busy(file.facts()),
  close: () => busy(file.close()),
});

/** A disk whose work keeps a virtual clock from running ahead. */
export const busyDisk = (disk: Disk, busy: Busy): Disk => ({
  open: async (name, how) => busyFile(await busy(disk.open(name, how)), busy),
  names: () => busy(disk.names()),
  remove: (name) => busy(disk.remove(name)),
  freeBytes: () => busy(disk.freeBytes()),
  check: () => busy(disk.check()),
});
