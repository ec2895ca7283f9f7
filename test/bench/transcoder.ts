import { pcmTranscoder } from '../../gateway/audio/transcoder.ts';
import { medianOf } from './statistics.ts';

/** Microseconds per 20 ms frame, of 200 calls in turn. */
export interface TranscoderTimes {
  readonly name: string;
  readonly toModel: number;
  readonly toPhone: number;
}

export interface TranscoderFigures {
  /** Ours first, then what npm has. */
  readonly times: readonly TranscoderTimes[];
  /** The same samples by linear interpolation: no filter at all, and no mu-law. */
  readonly withoutFilter: number;
}

interface Stream {
  toModel(mulaw: Uint8Array): unknown;
  toPhone(pcm: Uint8Array): unknown;
}

const calls = 200;
const rounds = 9;
const warmUps = 2;
const framesPerRound = 4_000;

const mulaw = Uint8Array.from({ length: 160 }, (_, index) => (index * 37) & 0xff);
const pcm = Uint8Array.from({ length: 960 }, (_, index) => (index * 37) & 0xff);

const microseconds = (work: (call: number) => void): number => {
  const started = process.hrtime.bigint();
  for (let frame = 0; frame < framesPerRound; frame += 1) work(frame % calls);
  return Number(process.hrtime.bigint() - started) / 1_000 / framesPerRound;
};

const linear = (): (() => void) => {
  const wide = new Int16Array(480);
  const narrow = Int16Array.from({ length: 161 }, (_, index) => index * 100);
  return () => {
    for (let index = 0; index < 160; index += 1) {
      const here = narrow[index] ?? 0;
      const step = ((narrow[index + 1] ?? 0) - here) / 3;
      wide[3 * index] = here;
      wide[3 * index + 1] = here + step;
      wide[3 * index + 2] = here + 2 * step;
    }
  };
};

type Maker = readonly [name: string, make: () => Stream];

/** Libraries of test/bench/peers, once they are installed. */
const libraries = async (): Promise<readonly Maker[]> => {
  const module: { readonly transcoders: () => Promise<readonly Maker[]> } = await import(
    new URL('peers/transcoders.mjs', import.meta.url).href
  );
  return module.transcoders();
};

/** Rounds of all interleaved. */
export const measureTranscoder = async ({ withPeers }: { readonly withPeers: boolean }): Promise<TranscoderFigures> => {
  const makers: readonly Maker[] = [['throughline', pcmTranscoder], ...(withPeers ? await libraries() : [])];
  const all = makers.map(([name, make]) => ({
    name,
    streams: Array.from({ length: calls }, make),
    toModel: [] as number[],
    toPhone: [] as number[],
  }));
  const interpolate = linear();
  const withoutFilter: number[] = [];
  for (let round = 0; round < rounds + warmUps; round += 1) {
    const isMeasured = round >= warmUps;
    const plain = microseconds(interpolate);
    if (isMeasured) withoutFilter.push(plain);
    for (const { streams, toModel, toPhone } of all) {
      const up = microseconds((call) => streams[call]?.toModel(mulaw));
      const down = microseconds((call) => streams[call]?.toPhone(pcm));
      if (!isMeasured) continue;
      toModel.push(up);
      toPhone.push(down);
    }
  }
  return {
    times: all.map(({ name, toModel, toPhone }) => ({ name, toModel: medianOf(toModel), toPhone: medianOf(toPhone) })),
    withoutFilter: medianOf(withoutFilter),
  };
};
