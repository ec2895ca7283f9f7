import { ms } from '../../infra/brand.ts';
import type { Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { Reel, ReelListener, ReelTrouble } from '../call/recording-port.ts';
import { type Disk, type DiskFile, isFull } from './disk.ts';
import type { PartFormat } from './part-format.ts';
import { secondBytes } from './wav.ts';

const silence = new Uint8Array(secondBytes).fill(0xff);
/** What was lost in one stretch is silence in the file; a disk that is away for longer is given up. */
const mostSkipped = 60;
/** The file tells how long it is after so many writes, and at its end. */
const tellEvery = 5;
const retryMs = 1_000;
/** So long a recording waits for its key. */
const mostKeyTries = 600;

export interface FileReelOptions {
  readonly name: string;
  readonly disk: Disk;
  /** How the part is written; rejects while the store of keys is away. */
  readonly format: () => Promise<PartFormat>;
  /** Whether there is room for more. */
  readonly hasRoom: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly listener: ReelListener;
  /** It is over, and the file is closed. */
  readonly onClosed: (why: ReelTrouble | 'ended') => void;
}

type State =
  | { readonly at: 'opening' }
  | { readonly at: 'open'; readonly file: DiskFile; readonly format: PartFormat }
  | { readonly at: 'closed' };

/** One part on its way to its file: one write at a time, from memory that is used again. Whoever brings more meanwhile has to keep it. */
export class FileReel implements Reel {
  readonly #options: FileReelOptions;
  readonly #second = new Uint8Array(secondBytes);
  #state: State = { at: 'opening' };
  /** A write, or the opening, is under way. */
  #isBusy = true;
  #hasEnded = false;
  #skipped = 0;
  #writes = 0;

  constructor(options: FileReelOptions) {
    this.#options = options;
    void this.#open();
  }

  take(bytes: number, fill: (into: Uint8Array) => void): boolean {
    const state = this.#state;
    if (state.at === 'closed') return true; // it goes nowhere
    if (state.at === 'opening' || this.#isBusy || this.#skipped > 0 || this.#hasEnded) return false;
    fill(this.#second);
    void this.#write(state, this.#second.subarray(0, bytes));
    return true;
  }

  skip(): void {
    if (this.#state.at === 'closed') return;
    this.#skipped += 1;
    if (this.#skipped > mostSkipped) void this.#stop('disk-slow');
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (!this.#isBusy) void this.#next();
  }

  async #open(): Promise<void> {
    const { disk, name } = this.#options;
    const format = await this.#format();
    if (format === undefined) return;
    try {
      if (!(await this.#options.hasRoom())) return await this.#stop('disk-full');
      const file = await disk.open(name, 'new');
      if (this.#state.at === 'closed') return await file.close(); // it took too long
      this.#state = { at: 'open', file, format };
      await file.write(format.header(0), 0);
    } catch (error) {
      return await this.#fail(error);
    }
    await this.#next();
  }

  /** Waits for the call's key, for as long as the recording is wanted. */
  async #format(): Promise<PartFormat | undefined> {
    const { format, clock, log } = this.#options;
    for (let tries = 0; this.#state.at !== 'closed'; tries += 1) {
      try {
        return await format();
      } catch (error) {
        if (tries === 0) log.warn({ error: messageOf(error) }, 'a recording waits for the key of its call');
        if (tries === mostKeyTries) await this.#stop('no-key');
        else await new Promise<void>((again) => clock.after(ms(retryMs), again));
      }
    }
    return undefined;
  }

  async #write({ file, format }: Extract<State, { at: 'open' }>, sound: Uint8Array): Promise<void> {
    this.#isBusy = true;
    try {
      if (!(await this.#options.hasRoom())) return await this.#stop('disk-full');
      const piece = format.add(sound);
      await file.write(piece.bytes, piece.position);
      this.#writes += 1;
      if (this.#writes % tellEvery === 0) await this.#tellLength(file, format);
    } catch (error) {
      return await this.#fail(error);
    }
    await this.#next();
  }

  async #tellLength(file: DiskFile, format: PartFormat): Promise<void> {
    if (format.tellsLength) await file.write(format.header(format.soundBytes), 0);
  }

  /** What was lost first, then what is waiting, then the end. */
  async #next(): Promise<void> {
    const state = this.#state;
    if (state.at !== 'open') return;
    if (this.#skipped > 0) {
      this.#skipped -= 1;
      return await this.#write(state, silence);
    }
    this.#isBusy = false;
    if (this.#hasEnded) await this.#finish(state);
    else this.#options.listener.onFree();
  }

  async #finish({ file, format }: Extract<State, { at: 'open' }>): Promise<void> {
    this.#isBusy = true;
    try {
      const end = format.end();
      if (end !== undefined) await file.write(end.bytes, end.position);
      await this.#tellLength(file, format);
      await this.#close('ended');
    } catch (error) {
      await this.#fail(error);
    }
  }

  async #fail(error: unknown): Promise<void> {
    this.#options.log.error({ error: messageOf(error) }, 'a recording could not be written');
    await this.#stop(isFull(error) ? 'disk-full' : 'disk-failed');
  }

  /** What is there stays readable. */
  async #stop(why: ReelTrouble): Promise<void> {
    const state = this.#state;
    if (state.at === 'closed') return;
    this.#state = { at: 'closed' };
    this.#options.listener.onStopped(why);
    if (state.at === 'open') {
      await this.#tellLength(state.file, state.format).catch(() => {}); // the sweep does it
      await state.file.close().catch(() => {});
    }
    this.#options.onClosed(why);
  }

  async #close(why: 'ended'): Promise<void> {
    const state = this.#state;
    this.#state = { at: 'closed' };
    if (state.at === 'open') await state.file.close();
    this.#options.onClosed(why);
  }
}
