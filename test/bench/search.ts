/** The largest number of calls that holds, within a tenth. `holds` is asked for some. */
export const mostThatHolds = async (
  holds: (calls: number) => Promise<boolean>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number> => {
  let good = 0;
  let bad = to + 1;
  let next = from;
  while (bad - good > Math.max(1, 0.1 * good) && next >= 1) {
    if (await holds(next)) good = next;
    else bad = next;
    next = bad > to ? Math.min(to, 2 * good) : Math.floor((good + bad) / 2);
    if (next <= good || next >= bad) break;
  }
  return good;
};
