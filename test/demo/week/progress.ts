/** Where progress is shown. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const width = 40;

/** Shows how far something is: a bar that moves on a terminal, elsewhere a line for every tenth. The answer is to be called at each step. */
export const progressOn = (
  screen: Screen,
  { what, steps }: { readonly what: string; readonly steps: number },
): (() => void) => {
  const isBar = screen.isTTY === true;
  const shown = isBar ? 100 : 10;
  let done = 0;
  let last = 0;
  return () => {
    done += 1;
    const now = Math.floor((done / steps) * shown);
    if (now === last) return;
    last = now;
    const percent = `${(now * 100) / shown} %`;
    const full = '#'.repeat(Math.floor((done / steps) * width));
    screen.write(
      isBar ? `\r${what} [${full.padEnd(width)}] ${percent}${done === steps ? '\n' : ''}` : `demo: ${what}: ${percent}\n`,
    );
  };
};
