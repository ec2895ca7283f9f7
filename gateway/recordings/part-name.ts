import { parseCallId, streamId, wallTime } from '../../infra/brand.ts';
import type { RecordingPart } from '../call/recording-port.ts';

/** A file of a recording, by its name. */
export interface NamedPart extends RecordingPart {
  readonly isSealed: boolean;
}

const named = /^(CA[0-9a-fA-F]{32})\.(\d{13})\.([A-Za-z0-9]{1,64})\.wav(\.sealed)?$/;

/** Call, wall-clock milliseconds and stream: who finds a file knows whose it is and when it began, and no two processes ever write the same one. */
export const fileNameOf = ({ callId, startedAt, streamId: stream, isSealed }: NamedPart): string =>
  `${callId}.${String(Math.trunc(startedAt)).padStart(13, '0')}.${stream}.wav${isSealed ? '.sealed' : ''}`;

/** Undefined: no file of ours. */
export const partOfFile = (name: string): NamedPart | undefined => {
  const [, call = '', at, stream = '', seal] = named.exec(name) ?? [];
  const callId = parseCallId(call);
  if (callId === undefined) return undefined;
  return { callId, startedAt: wallTime(Number(at)), streamId: streamId(stream), isSealed: seal !== undefined };
};
