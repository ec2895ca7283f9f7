/** Keys as they are pressed, until whoever asked for them has them. */
export class KeyPresses {
  #pressed: { readonly at: number; readonly digits: string } | undefined;

  press(at: number, digit: string): void {
    this.#pressed = { at: this.#pressed?.at ?? at, digits: `${this.#pressed?.digits ?? ''}${digit}` };
  }

  /** What was pressed since the last time, as one; `at` is the first key's. */
  take(): { readonly at: number; readonly digits: string }[] {
    const pressed = this.#pressed;
    this.#pressed = undefined;
    return pressed === undefined ? [] : [pressed];
  }
}
