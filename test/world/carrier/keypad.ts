/** The keys of one telephone, as the carrier hears them: at most one verb listens at a time. */
export class Keypad {
  #listener: ((key: string) => void) | undefined;

  /** Takes the keys from now on. The answer gives them back; keys that nobody takes are only sound. */
  listen(listener: (key: string) => void): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  press(key: string): void {
    this.#listener?.(key);
  }
}
