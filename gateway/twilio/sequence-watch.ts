/**
 * Watches sequence numbers, which rise by one with every message of a stream. The returned function takes the next one (undefined: not a
 * number) and says whether it follows the one before.
 */
export const sequenceWatch = (): ((sequence: number | undefined) => boolean) => {
  let last: number | undefined;
  return (sequence) => {
    const follows = sequence !== undefined && (last === undefined || sequence === last + 1);
    last = sequence ?? last;
    return follows;
  };
};
