import { type CallId, ms } from '../../infra/brand.ts';
import type { Cancel, Clock } from '../../infra/clock.ts';
import { messageOf } from '../../infra/errors.ts';
import type { Log } from '../../infra/log.ts';
import type { Disk } from './disk.ts';
import { partsIn } from './folder.ts';
import { fileNameOf, type NamedPart } from './part-name.ts';
import { soundIn, wavHeader, wavHeaderBytes } from './wav.ts';

export interface RecordingSweepOptions {
  readonly disk: Disk;
  /** How long recordings are kept. */
  readonly days: number;
  /** Whether the store still has something of the call. Rejects while it is away. */
  readonly isKnown: (callId: CallId) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

const everyMs = 3_600_000;
/** Nobody writes to a file any more that was still for so long: it is written to every second. */
const stillMs = 60_000;
/** A call that the store has not heard of for so long was erased, or never reached it. */
const unknownMs = 3_600_000;
/** Calls that are looked up in one run; the next goes on. */
const mostLookups = 2_000;

/**
 * Keeps a folder as it should be: what is too old goes, and what belongs to calls that were erased, also by another machine; files that a crash
 * left get their length written down. Each machine with recordings does so for its own; any number may do it for one folder.
 */
export class RecordingSweep {
  readonly #options: RecordingSweepOptions;
  #cancel: Cancel = () => {};
  #isStopped = false;
  /** The last one whose call was looked up, by name. */
  #lookedUp = '';

  constructor(options: RecordingSweepOptions) {
    this.#options = options;
  }

  /** Nobody waits for it. */
  start(): void {
    void this.#again();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #again(): Promise<void> {
    try {
      await this.run();
    } catch (error) {
      this.#options.log.warn(
        { error: messageOf(error) },
        'the folder of recordings could not be looked through; again in an hour',
      );
    }
    if (!this.#isStopped) this.#cancel = this.#options.clock.after(ms(everyMs), () => void this.#again());
  }

  /** Once. Rejects as disk and store do. */
  async run(): Promise<void> {
    const { disk, days, clock, log } = this.#options;
    const before = clock.wall() - days * 86_400_000;
    const parts = await partsIn(disk);
    const old = parts.filter(({ startedAt }) => startedAt < before);
    for (const part of old) await disk.remove(fileNameOf(part));
    const counts = { expired: old.length, mended: 0, orphans: 0 };
    const kept = parts.filter(({ startedAt }) => startedAt >= before);
    for (const part of kept) if (await this.#mend(part)) counts.mended += 1;
    for (const part of this.#due(kept)) if (await this.#dropOrphan(part)) counts.orphans += 1;
    if (counts.expired + counts.mended + counts.orphans > 0) log.info(counts, 'recordings were looked through');
  }

  /** Those whose turn it is to be looked up. */
  #due(parts: readonly NamedPart[]): readonly NamedPart[] {
    const named = parts
      .map((part) => ({ part, name: fileNameOf(part) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const rest = named.filter(({ name }) => name > this.#lookedUp);
    const due = (rest.length > 0 ? rest : named).slice(0, mostLookups);
    this.#lookedUp = due.length < mostLookups ? '' : (due.at(-1)?.name ?? '');
    return due.map(({ part }) => part);
  }

  /** A process that was killed may not have written down how much there is. */
  async #mend(part: NamedPart): Promise<boolean> {
    if (part.isSealed) return false; // its length is in no header
    return await this.#with(part, 'change', async (file) => {
      const { bytes, changedAt } = await file.facts();
      const right = wavHeader(soundIn(bytes));
      if (this.#options.clock.wall() - changedAt < stillMs || right.equals(await file.read(wavHeaderBytes, 0))) return false;
      await file.write(right, 0);
      return true;
    });
  }

  async #dropOrphan(part: NamedPart): Promise<boolean> {
    const { disk, isKnown, clock } = this.#options;
    const isStill = await this.#with(
      part,
      'read',
      async (file) => clock.wall() - (await file.facts()).changedAt >= unknownMs,
    );
    if (!isStill || (await isKnown(part.callId))) return false;
    await disk.remove(fileNameOf(part));
    return true;
  }

  /** False also when it is gone. */
  async #with(
    part: NamedPart,
    how: 'read' | 'change',
    act: (file: Awaited<ReturnType<Disk['open']>>) => Promise<boolean>,
  ): Promise<boolean> {
    const file = await this.#options.disk.open(fileNameOf(part), how).catch(() => undefined);
    if (file === undefined) return false;
    try {
      return await act(file);
    } finally {
      await file.close();
    }
  }
}
