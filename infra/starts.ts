/** Views of a memory from its start on, by length: each is made once, as a view costs more than to copy a frame of speech. */
export class Starts<Memory extends Uint8Array> {
  readonly #memory: Memory;
  readonly #unit: number;
  readonly #made: (Memory | undefined)[];

  /** All lengths are multiples of `unit`, and no longer than the memory. */
  constructor(memory: Memory, unit = 1) {
    this.#memory = memory;
    this.#unit = unit;
    // As long as it will get: an array that grows by leaps becomes a table to search in.
    this.#made = Array.from({ length: Math.floor(memory.length / unit) + 1 }, () => undefined);
  }

  of(length: number): Memory {
    const at = length / this.#unit;
    const known = this.#made[at];
    if (known !== undefined) return known;
    const start = this.#memory.subarray(0, length) as Memory;
    this.#made[at] = start;
    return start;
  }
}
