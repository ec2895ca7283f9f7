/** Lets so many through at a time, of each key; the others wait in order. */
export class Gate {
  readonly #most: number;
  /** Of each key: how many are inside, and who waits. */
  readonly #keys = new Map<string, { inside: number; readonly waiting: (() => void)[] }>();

  constructor(most: number) {
    this.#most = most;
  }

  async enter<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const door = this.#keys.get(key) ?? { inside: 0, waiting: [] };
    this.#keys.set(key, door);
    if (door.inside < this.#most) door.inside += 1;
    else await new Promise<void>((resolve) => door.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = door.waiting.shift();
      if (next !== undefined) next();
      else {
        door.inside -= 1;
        if (door.inside === 0) this.#keys.delete(key);
      }
    }
  }
}
