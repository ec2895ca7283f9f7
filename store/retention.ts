import { type CallId, wallTime } from '../infra/brand.ts';
import type { Clock } from '../infra/clock.ts';
import type { CallArchive } from './call-archive.ts';
import { withoutWords } from './context/words.ts';
import type { ContextStore, StoredCall } from './context-store.ts';
import type { HandoffArchive, HandoffLog } from './handoffs/log.ts';
import { wordless } from './handoffs/words.ts';

export interface RetentionHouse {
  readonly contexts: Pick<ContextStore, 'load'>;
  readonly archive: Pick<CallArchive, 'worded' | 'rewrite' | 'forgetOld'>;
  readonly handoffs: HandoffArchive & Pick<HandoffLog, 'write'>;
}

export interface RetentionOptions {
  readonly clock: Clock;
  /** How long what was said is kept. Facts and figures have times of their own. */
  readonly transcriptDays: number;
}

/** Read and written in one go: a store has other work. */
const atATime = 50;
/** In one run; the next one, an hour later, goes on. */
const mostPages = 400;

const lengthOf = ({ events, erased }: StoredCall): number => erased?.lastSeq ?? events.at(-1)?.seq ?? 0;

/** Does `page` again and again, until there is nothing more or nothing comes of it. */
const inPages = async (page: () => Promise<number>): Promise<void> => {
  for (let pages = 0; pages < mostPages && (await page()) > 0; pages += 1);
};

/** Takes what was said from old calls and their handoffs, and forgets what is older still. Can run twice without harm. */
export const expire = async (house: RetentionHouse, { clock, transcriptDays }: RetentionOptions): Promise<void> => {
  const { contexts, archive, handoffs } = house;
  const before = wallTime(clock.wall() - transcriptDays * 86_400_000);
  const takeWords = async (callId: CallId): Promise<boolean> => {
    const call = await contexts.load(callId);
    // Sealed under another key, or of a newer version: its words wait for who can read it.
    if (call?.damage !== undefined) return false;
    const events = (call?.events ?? []).map(withoutWords);
    return archive.rewrite({ callId, events, lastSeq: call === undefined ? 0 : lengthOf(call) });
  };
  await inPages(() => archive.forgetOld());
  let left = 0;
  await inPages(async () => {
    const oldest = await archive.worded(before, { limit: atATime, skip: left });
    const taken = await Promise.all(oldest.map(takeWords));
    left += taken.filter((wasTaken) => !wasTaken).length;
    return oldest.length;
  });
  await inPages(async () => {
    const records = await handoffs.worded(new Date(before).toISOString(), atATime);
    await Promise.all(records.map((record) => handoffs.write(wordless(record))));
    return records.length;
  });
};
