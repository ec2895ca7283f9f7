import type { WallTime } from '../../infra/brand.ts';
import type { Beginning } from './ids.ts';
import { earliest, latest } from './times.ts';

/** Speech of an agent, as far as it was heard, or a call of a tool. */
export type Piece =
  | {
      readonly kind: 'speech';
      readonly item: string;
      readonly startedAt: WallTime;
      readonly endedAt: WallTime;
      readonly saidMs: number;
      readonly heardMs: number;
    }
  | {
      readonly kind: 'tool';
      readonly begins: Beginning;
      readonly tool: string;
      readonly toolCallId: string;
      readonly agent: string;
      readonly startedAt: WallTime;
      /** Undefined while it runs. */
      readonly endedAt: WallTime | undefined;
      readonly failure: string | undefined;
    };

/** What a caller said and what one agent did about it. */
export interface Turn {
  readonly begins: Beginning;
  /** Undefined until an agent does something. */
  readonly agent: string | undefined;
  readonly startedAt: WallTime;
  readonly pieces: readonly Piece[];
}

/** All turns that are not told yet. The last one goes on; those before it wait for their tools. */
export interface Turns {
  readonly open: readonly Turn[];
  /** End of the newest turn that was told: nothing belongs before it any more. */
  readonly toldUntil: WallTime | undefined;
}

export const noTurns: Turns = { open: [], toldUntil: undefined };

/** Pieces of one turn: without transcripts nobody knows where a turn ends. */
const mostPieces = 200;

export const isRunning = (piece: Piece): boolean => piece.endedAt === undefined;

/** From its first to its last known moment. */
export const spanOf = ({ startedAt, pieces }: Turn): { readonly startedAt: WallTime; readonly endedAt: WallTime } => ({
  startedAt: earliest(startedAt, ...pieces.map((piece) => piece.startedAt)),
  endedAt: latest(startedAt, ...pieces.map((piece) => latest(piece.startedAt, piece.endedAt ?? piece.startedAt))),
});

const split = (turns: Turns): { readonly waiting: readonly Turn[]; readonly current: Turn | undefined } => ({
  waiting: turns.open.slice(0, -1),
  current: turns.open.at(-1),
});

/**
 * The caller spoke, from `at` on: a transcript comes late, so what an agent did since then belongs to the new turn. A caller who was not
 * answered yet goes on with the same turn.
 */
export const callerSpoke = (turns: Turns, begins: Beginning, at: WallTime): Turns => {
  const { waiting, current } = split(turns);
  if (turns.toldUntil !== undefined && at < turns.toldUntil) return turns;
  if (current === undefined)
    return { ...turns, open: [...waiting, { begins, agent: undefined, startedAt: at, pieces: [] }] };
  const before = current.pieces.filter(({ startedAt }) => startedAt < at);
  const after = current.pieces.filter(({ startedAt }) => startedAt >= at);
  if (before.length === 0) {
    const startedAt = earliest(current.startedAt, at);
    return { ...turns, open: [...waiting, { ...current, startedAt }] };
  }
  const next = { begins, agent: after.length === 0 ? undefined : current.agent, startedAt: at, pieces: after };
  return { ...turns, open: [...waiting, { ...current, pieces: before }, next] };
};

/** An agent does something. Another agent than that of the turn begins one of its own. */
export const agentDid = (turns: Turns, agent: string, piece: Piece & { readonly begins: Beginning }): Turns => {
  const { waiting, current } = split(turns);
  const { begins, startedAt } = piece;
  const fresh = { begins, agent, startedAt, pieces: [piece] };
  if (current === undefined) return { ...turns, open: [...waiting, fresh] };
  const isSame = current.agent === undefined || current.agent === agent;
  if (!isSame || current.pieces.length >= mostPieces) return { ...turns, open: [...turns.open, fresh] };
  return { ...turns, open: [...waiting, { ...current, agent, pieces: [...current.pieces, piece] }] };
};

const withPiece = (turns: Turns, isIt: (piece: Piece) => boolean, change: (piece: Piece) => Piece): Turns | undefined => {
  const index = turns.open.findLastIndex(({ pieces }) => pieces.some(isIt));
  const found = turns.open[index];
  if (found === undefined) return undefined;
  const pieces = found.pieces.map((piece) => (isIt(piece) ? change(piece) : piece));
  return { ...turns, open: turns.open.with(index, { ...found, pieces }) };
};

/** More is known of what was heard of an item; undefined when the item is not known, or was told. */
export const heardMore = (turns: Turns, speech: Extract<Piece, { kind: 'speech' }>): Turns | undefined =>
  withPiece(
    turns,
    (piece) => piece.kind === 'speech' && piece.item === speech.item,
    () => speech,
  );

/** A tool returned; undefined when nobody waits for it. */
export const toolReturned = (
  turns: Turns,
  toolCallId: string,
  { at, failure }: { readonly at: WallTime; readonly failure: string | undefined },
): Turns | undefined =>
  withPiece(
    turns,
    (piece) => piece.kind === 'tool' && piece.toolCallId === toolCallId && isRunning(piece),
    (piece) => (piece.kind === 'tool' ? { ...piece, endedAt: latest(piece.startedAt, at), failure } : piece),
  );

/** Turns that nothing can be added to any more. */
export const finished = (turns: Turns): { readonly turns: Turns; readonly told: readonly Turn[] } => {
  const { waiting, current } = split(turns);
  const told = waiting.filter(({ pieces }) => !pieces.some(isRunning));
  if (told.length === 0) return { turns, told };
  const open = [...waiting.filter((turn) => !told.includes(turn)), ...(current === undefined ? [] : [current])];
  return { turns: { open, toldUntil: untilOf(turns, told) }, told };
};

const untilOf = ({ toldUntil }: Turns, told: readonly Turn[]): WallTime | undefined => {
  const ends = [...(toldUntil === undefined ? [] : [toldUntil]), ...told.map((turn) => spanOf(turn).endedAt)];
  const [first, ...others] = ends;
  return first === undefined ? undefined : latest(first, ...others);
};

/** Nobody goes on: all turns are over, and tools that still run have failed for this reason. */
export const broughtToEnd = (
  turns: Turns,
  { at, failure }: { readonly at: WallTime; readonly failure: string },
): { readonly turns: Turns; readonly told: readonly Turn[] } => {
  const told = turns.open.map((turn) => ({
    ...turn,
    pieces: turn.pieces.map((piece) =>
      piece.kind === 'tool' && isRunning(piece) ? { ...piece, endedAt: latest(piece.startedAt, at), failure } : piece,
    ),
  }));
  return { turns: { open: [], toldUntil: untilOf(turns, told) }, told };
};
