import type { CallRecord } from '../world/carrier/call-record.ts';
import { type Span, soundSpans } from '../world/carrier/track.ts';
import type { ResponseRecord, SessionRecord } from '../world/model/record.ts';

/** Where a handoff is in the caller's ear can be told this exactly from the model server's side. */
const uncertaintyMs = 250;

const spoken = (session: SessionRecord): ResponseRecord[] =>
  session.responses.filter(({ firstAudioAt, outOfBand }) => firstAudioAt !== undefined && !outOfBand);

/** When an agent's words are at the ear, as the model server made them, in call time; what a clear threw away is not among them. */
export const wordSpans = (record: CallRecord, session: SessionRecord): Span[] => {
  const cleared = record.facts.filter(({ type }) => type === 'cleared').map(({ at }) => at);
  const spans: Span[] = [];
  for (const { firstAudioAt = 0, generatedMs } of spoken(session)) {
    const from = Math.max(spans.at(-1)?.to ?? 0, firstAudioAt - record.origin);
    const to = from + generatedMs;
    spans.push({ from, to: cleared.find((at) => at >= from && at < to) ?? to });
  }
  return spans;
};

/** When the old agent's last words end at the ear, in call time: responses play one behind the other, faster made than heard. */
const lastWordsEnd = (record: CallRecord, from: SessionRecord): number => wordSpans(record, from).at(-1)?.to ?? 0;

const gapsBetween = (sounds: readonly Span[]): Span[] =>
  sounds.slice(1).flatMap((sound, at) => {
    const from = sounds[at]?.to ?? sound.from;
    return sound.from > from ? [{ from, to: sound.from }] : [];
  });

/** The longest of the gaps that a handoff at `boundary` can be in; 0 when there is none. */
const longestAt = (gaps: readonly Span[], boundary: number): number => {
  const near = gaps.filter(({ from, to }) => to > boundary - uncertaintyMs && from < boundary + uncertaintyMs);
  return Math.round(Math.max(0, ...near.map(({ from, to }) => to - from)));
};

/**
 * The silence between two agents: `earMs` is what an ear notices, from the last audible sound of one to the first of the other;
 * `gapMs` is the part in which there was no audio at all to play.
 */
export const handoffSilence = (
  record: CallRecord,
  { from, to }: { readonly from: SessionRecord; readonly to: SessionRecord },
): { readonly earMs: number; readonly gapMs: number } => {
  const firstAudio = (spoken(to)[0]?.firstAudioAt ?? record.origin) - record.origin;
  const boundary = lastWordsEnd(record, from);
  const until = Math.min(record.now, Math.max(boundary, firstAudio) + 5_000);
  const ear = soundSpans(record.heard, { from: Math.max(0, Math.floor(boundary / 10) * 10 - 2_000), to: until });
  const played = record.playouts.flatMap(({ spans }) => spans);
  return { earMs: longestAt(gapsBetween(ear), boundary), gapMs: longestAt(gapsBetween(played), boundary) };
};
