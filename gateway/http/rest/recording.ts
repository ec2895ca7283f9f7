import { once } from 'node:events';
import type { Express, Request, Response } from 'express';
import { type CallId, parseCallId } from '../../../infra/brand.ts';
import { ThroughlineError } from '../../../infra/errors.ts';
import { onlyAllowed, sendProblem, unlessAway } from '../console-answers.ts';
import type { Log } from '../deps.ts';
import type { Description } from '../describe.ts';
import { noQuery } from '../schemas/call.ts';
import { queryOf, readQuery } from './query.ts';

/** A recording that is read piece by piece. */
export interface OpenRecording {
  /** It goes on, or was cut off. */
  readonly isCut: boolean;
  readonly bytes: number;
  /** From `from` up to and without `to`. */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface RecordingDeps {
  /** Undefined: there is none here. Rejects with `recording-locked` or `recording-damaged`; anything else means that something is away. */
  recording(callId: CallId): Promise<OpenRecording | undefined>;
  readonly log: Log;
}

const path = '/api/v1/calls/{id}/recording';

const told = {
  'Accept-Ranges': 'bytes: parts of it can be asked for.',
  'Content-Length': 'Its length, or that of the range.',
  'X-Throughline-Cut': 'true: a sealed part has no end; the call goes on, or its process was killed.',
};

export const describeRecording: Description = {
  [`GET ${path}`]: {
    summary: 'The recording of a call: stereo, the caller on the left, what they heard on the right',
    description:
      'A WAV file of mu-law, put together of the parts that this machine has, with silence between them. Of a call that goes on, what there is so far. One range can be asked for.',
    named: { id: 'The id of a call.' },
    answers: {
      200: { description: 'All of it.', text: 'audio/wav', headers: told },
      206: {
        description: 'The range that was asked for.',
        text: 'audio/wav',
        headers: { ...told, 'Content-Range': 'Which range, of how much.' },
      },
      400: { description: 'No id of a call.' },
      404: { description: 'This call was not recorded, or its recording is on another machine, or not kept any more.' },
      409: { description: 'It can not be played: it was sealed under another seal key, or was changed.' },
      416: {
        description: 'There is nothing in this range.',
        headers: { 'Content-Range': 'How much there is.' },
      },
    },
  },
};

interface Range {
  readonly from: number;
  /** Behind the last byte. */
  readonly to: number;
}

/** The one range of a header; undefined: all of it, also when there are several, or what is there is none. */
const rangeOf = (header: string | undefined, bytes: number): Range | 'empty' | undefined => {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? bytes : Math.min(bytes, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  return from < to ? { from, to } : 'empty';
};

/** As fast as it is taken; stops when nobody takes it any more. */
const pour = async (response: Response, pieces: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
};

const send = async (request: Request, response: Response, recording: OpenRecording): Promise<void> => {
  const { bytes } = recording;
  const range = rangeOf(request.headers.range, bytes);
  response.set('Accept-Ranges', 'bytes');
  if (recording.isCut) response.set('X-Throughline-Cut', 'true');
  if (range === 'empty') {
    response.set('Content-Range', `bytes */${bytes}`);
    return sendProblem(response, 416, `the recording has ${bytes} bytes`);
  }
  const { from, to } = range ?? { from: 0, to: bytes };
  if (range !== undefined) response.status(206).set('Content-Range', `bytes ${from}-${to - 1}/${bytes}`);
  response.type('audio/wav').set('Content-Length', String(to - from));
  if (request.method === 'HEAD') response.end();
  else await pour(response, recording.read(from, to));
};

/** What can't be played, in words; undefined: something is away. */
const whyNot = (thrown: unknown): string | undefined => {
  const code = thrown instanceof ThroughlineError ? thrown.code : '';
  if (code === 'recording-locked')
    return 'the recording was sealed under a seal key that is not set: THROUGHLINE_SEAL_KEY_OLD';
  return code === 'recording-damaged' ? 'the recording was changed, cut or moved, and is not played' : undefined;
};

/** `GET /api/v1/calls/{id}/recording`. Expects that foreign names are refused before. */
export const serveRecording = (app: Express, deps: RecordingDeps): void => {
  const answer = async (request: Request, response: Response): Promise<void> => {
    const callId = parseCallId(String(request.params['id']));
    if (callId === undefined) return sendProblem(response, 400, 'a call id is CA and 32 hex digits');
    const asked = readQuery(queryOf(request), noQuery);
    if ('problem' in asked) return sendProblem(response, 400, asked.problem);
    const recording = await deps.recording(callId);
    if (recording === undefined) return sendProblem(response, 404, `no recording of ${callId} on this machine`);
    try {
      await send(request, response, recording);
    } finally {
      await recording.close();
    }
  };
  const playable = unlessAway(deps.log, async (request, response) => {
    try {
      await answer(request, response);
    } catch (thrown) {
      const why = whyNot(thrown);
      if (why === undefined || response.headersSent) throw thrown;
      response.removeHeader('Content-Length');
      response.removeHeader('Content-Range');
      sendProblem(response, 409, why);
    }
  });
  app.route(path.replace('{id}', ':id')).get(playable).all(onlyAllowed('GET'));
};
