import type { CallId } from '../../infra/brand.ts';
import { type AboutModel, agentSpanName, agentValues, errorType, toolSpanName, toolValues } from './genai.ts';
import { spanIdOf, traceIdOf } from './ids.ts';
import type { CallSpan } from './span.ts';
import { type Piece, spanOf, type Turn } from './turn.ts';

/** Where a turn belongs. */
export interface TurnPlace {
  readonly callId: CallId;
  readonly parentId: string;
  readonly about: AboutModel;
  /** Who had the caller, for a turn in which no agent did anything. */
  readonly agent: string | undefined;
}

/** A turn that is over, and the tools that ran in it. */
export const turnSpans = (turn: Turn, { callId, parentId, about, agent }: TurnPlace): readonly CallSpan[] => {
  const spanId = spanIdOf(callId, turn.begins, 'turn');
  const common = { traceId: traceIdOf(callId), moments: [], follows: [] };
  const speaker = turn.agent ?? agent ?? 'nobody';
  const span: CallSpan = {
    ...common,
    ...spanOf(turn),
    spanId,
    parentId,
    name: agentSpanName(speaker),
    values: { ...agentValues(about, callId, speaker), ...heardIn(turn.pieces) },
    failure: undefined,
  };
  const tools = turn.pieces.flatMap((piece): readonly CallSpan[] => {
    if (piece.kind !== 'tool') return [];
    const { startedAt, endedAt = startedAt, failure } = piece;
    const values = { ...toolValues(piece), ...(failure === undefined ? {} : { [errorType]: failure }) };
    const id = spanIdOf(callId, piece.begins, 'tool');
    return [
      { ...common, spanId: id, parentId: spanId, name: toolSpanName(piece.tool), startedAt, endedAt, values, failure },
    ];
  });
  return [span, ...tools];
};

const heardIn = (pieces: readonly Piece[]) => {
  const speech = pieces.filter((piece) => piece.kind === 'speech');
  const sum = (of: 'saidMs' | 'heardMs') => speech.reduce((whole, piece) => whole + piece[of], 0);
  return { 'throughline.said_ms': sum('saidMs'), 'throughline.heard_ms': sum('heardMs') };
};
