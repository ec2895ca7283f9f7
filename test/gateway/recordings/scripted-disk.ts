import type { Disk, DiskFile } from '../../../gateway/recordings/disk.ts';

/** An error as Node's files have them. */
export const diskError = (code: string): Error => Object.assign(new Error(`${code}: planted`), { code });

/** A folder in memory. `write` can be made to fail or to wait. */
export class ScriptedDisk implements Disk {
  readonly files = new Map<string, Buffer>();
  readonly changedAt = new Map<string, number>();
  free = 1e12;
  /** Runs before each write. */
  beforeWrite: (name: string) => Promise<void> = async () => {};
  readonly #wall: () => number;

  constructor(wall: () => number = () => 0) {
    this.#wall = wall;
  }

  async open(name: string, how: 'new' | 'read' | 'change'): Promise<DiskFile> {
    if (how === 'new') this.files.set(name, Buffer.alloc(0));
    if (!this.files.has(name)) throw diskError('ENOENT');
    const content = () => this.files.get(name) ?? Buffer.alloc(0);
    return {
      write: async (bytes, position) => {
        await this.beforeWrite(name);
        const whole = Buffer.alloc(Math.max(content().length, position + bytes.length));
        content().copy(whole);
        whole.set(bytes, position);
        this.files.set(name, whole);
        this.changedAt.set(name, this.#wall());
      },
      read: async (length, position) => content().subarray(position, position + length),
      facts: async () => ({ bytes: content().length, changedAt: this.changedAt.get(name) ?? 0 }),
      close: async () => {},
    };
  }

  names = async () => [...this.files.keys()];
  remove = async (name: string) => {
    this.files.delete(name);
  };
  freeBytes = async () => this.free;
  check = async () => {};
}
