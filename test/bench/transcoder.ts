import { pcmTranscoder } from '../../gateway/audio/transcoder.ts';
import { medianOf } from './statistics.ts';

/** Microseconds per 20 ms frame, of 200 calls in turn. */
export interface TranscoderFigures {
  readonly toModel: number;
  readonly toPhone: number;
  /** The same samples by linear interpolation and by taking every third: no filter at all. */
  readonly withoutFilter: number;
}

const calls = 200;
const rounds = 15;
const framesPerRound = 20_000;

const microseconds = (work: (call: number) => void): number => {
  const started = process.hrtime.bigint();
  for (let frame = 0; frame < framesPerRound; frame += 1) work(frame % calls);
  return Number(process.hrtime.bigint() - started) / 1_000 / framesPerRound;
};

/** Rounds of all three interleaved; the first three warm up. */
export const measureTranscoder = (): TranscoderFigures => {
  const transcoders = Array.from({ length: calls }, () => pcmTranscoder());
  const mulaw = Uint8Array.from({ length: 160 }, (_, index) => (index * 37) & 0xff);
  const pcm = Uint8Array.from({ length: 960 }, (_, index) => (index * 37) & 0xff);
  const wide = new Int16Array(480);
  const narrow = Int16Array.from({ length: 161 }, (_, index) => index * 100);
  const linear = () => {
    for (let index = 0; index < 160; index += 1) {
      const here = narrow[index] ?? 0;
      const step = ((narrow[index + 1] ?? 0) - here) / 3;
      wide[3 * index] = here;
      wide[3 * index + 1] = here + step;
      wide[3 * index + 2] = here + 2 * step;
    }
  };
  const works = {
    toModel: (call: number) => transcoders[call]?.toModel(mulaw),
    toPhone: (call: number) => transcoders[call]?.toPhone(pcm),
    withoutFilter: linear,
  };
  const times = { toModel: [] as number[], toPhone: [] as number[], withoutFilter: [] as number[] };
  for (let round = 0; round < rounds + 3; round += 1) {
    for (const name of ['toModel', 'toPhone', 'withoutFilter'] as const) {
      const time = microseconds(works[name]);
      if (round >= 3) times[name].push(time);
    }
  }
  return {
    toModel: medianOf(times.toModel),
    toPhone: medianOf(times.toPhone),
    withoutFilter: medianOf(times.withoutFilter),
  };
};
