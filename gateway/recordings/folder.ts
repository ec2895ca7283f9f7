import type { CallId } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf, ThroughlineError } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { KeyRing } from '../../store/key-ring.ts';
import type { RecordingPart, Recordings, Reel, ReelListener } from '../call/recording-port.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { type Disk, isMissing } from './disk.ts';
import { FileReel } from './file-reel.ts';
import { type PartFormat, plainFormat, sealedFormat } from './part-format.ts';
import { fileNameOf, type NamedPart, partOfFile } from './part-name.ts';
import { openPart, type ReadablePart } from './read-part.ts';
import { type WholeRecording, wholeRecording } from './whole-call.ts';

/** The store may be on the same disk: recordings leave it room. */
export const leastFreeBytes = 256 * 1024 * 1024;
const lookAtRoomMs = 2_000;

export interface RecordingFolderOptions {
  readonly disk: Disk;
  /** Of calls; undefined: nothing is sealed. */
  readonly keys: Pick<KeyRing, 'make' | 'find'> | undefined;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn' | 'error' | 'child'>;
  readonly metrics: Pick<GatewayMetrics, 'count'>;
}

/** The parts in a folder, in order of time. */
export const partsIn = async (disk: Disk): Promise<readonly NamedPart[]> => {
  const names = await disk.names();
  const parts = names.map(partOfFile).filter((part) => part !== undefined);
  return parts.sort((one, other) => one.startedAt - other.startedAt);
};

/** Deletes the recordings of these calls that are in the folder. */
export const forgetRecordings = async (disk: Disk, callIds: readonly CallId[]): Promise<void> => {
  const those = new Set(callIds);
  for (const part of await partsIn(disk)) if (those.has(part.callId)) await disk.remove(fileNameOf(part));
};

/** The folder that this process records into, and reads from. */
export class RecordingFolder implements Recordings {
  readonly #options: RecordingFolderOptions;
  readonly #open = new Set<Reel>();
  #onIdle: () => void = () => {};
  #room: { readonly askedAt: number; readonly hasRoom: Promise<boolean> } | undefined;

  constructor(options: RecordingFolderOptions) {
    this.#options = options;
  }

  get isSealed(): boolean {
    return this.#options.keys !== undefined;
  }

  begin(part: RecordingPart, listener: ReelListener): Reel {
    const { disk, clock, log, metrics } = this.#options;
    const reel: Reel = new FileReel({
      name: fileNameOf({ ...part, isSealed: this.isSealed }),
      disk,
      format: () => this.#formatOf(part),
      hasRoom: () => this.#hasRoom(),
      clock,
      log: log.child({ callId: part.callId }),
      listener,
      onClosed: (why) => {
        metrics.count('throughline_recordings_total', { outcome: why });
        if (why !== 'ended') log.warn({ callId: part.callId, reason: why }, 'a recording stopped; the call goes on');
        this.#open.delete(reel);
        if (this.#open.size === 0) this.#onIdle();
      },
    });
    this.#open.add(reel);
    return reel;
  }

  async #formatOf(part: RecordingPart): Promise<PartFormat> {
    const { keys } = this.#options;
    return keys === undefined ? plainFormat() : sealedFormat(await keys.make(part.callId), part);
  }

  /** Asked for every write, looked at every few seconds. */
  #hasRoom(): Promise<boolean> {
    const { clock, disk } = this.#options;
    const now = clock.now();
    if (this.#room === undefined || now - this.#room.askedAt >= lookAtRoomMs)
      this.#room = { askedAt: now, hasRoom: disk.freeBytes().then((free) => free >= leastFreeBytes) };
    return this.#room.hasRoom;
  }

  /** Resolves when all that is being written is written. Calls have left by then. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#open.size === 0) resolve();
    });
  }

  /**
   * The recording of a call, as far as it is in this folder; undefined: nothing of it is. Close it. Rejects with `recording-locked`,
   * `recording-damaged` or `store-unavailable`.
   */
  async open(callId: CallId): Promise<WholeRecording | undefined> {
    const { disk } = this.#options;
    const parts = (await partsIn(disk)).filter((part) => part.callId === callId);
    const opened: ReadablePart[] = [];
    try {
      for (const part of parts) {
        const readable = await this.#openPart(part);
        if (readable !== undefined) opened.push(readable);
      }
    } catch (error) {
      await Promise.all(opened.map((part) => part.close()));
      throw error;
    }
    return opened.length === 0 ? undefined : wholeRecording(opened);
  }

  async #openPart(part: NamedPart): Promise<ReadablePart | undefined> {
    const { disk, keys } = this.#options;
    try {
      return await openPart(disk, part, keys && ((callId) => keys.find(callId)));
    } catch (error) {
      if (isMissing(error)) return undefined; // its time was over just now
      throw error;
    }
  }
}

/** Rejects with `recording-folder-unusable` when the folder can't be written to, or has no room. */
export const checkFolder = async (disk: Disk): Promise<void> => {
  const unusable = (why: string, cause?: unknown) =>
    new ThroughlineError('recording-folder-unusable', `THROUGHLINE_RECORDING: the folder ${why}.`, { cause });
  const free = await disk
    .check()
    .then(() => disk.freeBytes())
    .catch((cause: unknown) => {
      throw unusable(`can't be written to (${messageOf(cause)})`, cause);
    });
  if (free < leastFreeBytes) throw unusable('has less than 256 MB of room, which recordings leave to others');
};
