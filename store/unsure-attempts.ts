import { randomUUID } from 'node:crypto';

/** Outcomes that are not known are few, and nobody asks for most of them again. */
const mostKept = 10_000;

/** Names attempts at something that must not be done twice: one whose outcome nobody heard of is made again under the same name. */
export class UnsureAttempts {
  readonly #unsure = new Map<string, string>();

  /** Makes an attempt. When it rejects, the next one at the same `what` has its name; of two at the same time each has its own. */
  async attempt<Result>(what: string, make: (name: string) => Promise<Result>): Promise<Result> {
    const name = this.#unsure.get(what) ?? randomUUID();
    this.#unsure.delete(what);
    try {
      return await make(name);
    } catch (error) {
      const [oldest] = this.#unsure.keys();
      if (this.#unsure.size >= mostKept && oldest !== undefined) this.#unsure.delete(oldest);
      this.#unsure.set(what, name);
      throw error;
    }
  }
}
