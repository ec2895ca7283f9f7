import { decodeInto } from '../../../gateway/audio/g711.ts';
import { decibels, rms } from './signal.ts';

/** Of ITU-T Q.23, written down once more. */
export const rows = [697, 770, 852, 941];
export const columns = [1_209, 1_336, 1_477, 1_633];
export const keys = '123A456B789C*0#D';

/** Mu-law as samples. */
export const pcmOf = (mulaw: Uint8Array): Int16Array => {
  const pcm = new Int16Array(mulaw.length);
  decodeInto(mulaw, pcm);
  return pcm;
};

/** Goertzel: the amplitude of one frequency in a piece of 8 kHz, with a Hann window, so that neighbours don't leak into it. */
export const amplitudeAt = (pcm: Int16Array, hertz: number): number => {
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / 8_000);
  let [last, before] = [0, 0];
  pcm.forEach((sample, index) => {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (index + 0.5)) / pcm.length);
    [last, before] = [sample * window + turn * last - before, last];
  });
  return (Math.sqrt(last ** 2 + before ** 2 - turn * last * before) * 4) / pcm.length;
};

/** dBm0: a sine of full scale in mu-law has +3.17. */
export const level = (amplitude: number): number => decibels(amplitude / 32_124) + 3.17;

/** A receiver as Q.24 has them: 20 ms at a time; a key counts when two pieces in a row have it, and again after a silent one. */
export const received = (mulaw: Uint8Array): string => {
  let text = '';
  let [last, silent] = ['', true];
  for (let at = 0; at + 160 <= mulaw.length; at += 160) {
    const key = keyIn(pcmOf(mulaw.subarray(at, at + 160)));
    if (key === '') silent = true;
    else if (key === last && silent) {
      text += key;
      silent = false;
    }
    last = key;
  }
  return text;
};

const keyIn = (pcm: Int16Array): string => {
  const strongest = (group: readonly number[]) =>
    group
      .map((hertz) => ({ hertz, amplitude: amplitudeAt(pcm, hertz) }))
      .toSorted((one, other) => other.amplitude - one.amplitude);
  const [low, high] = [strongest(rows)[0], strongest(columns)[0]];
  if (low === undefined || high === undefined || level(low.amplitude) < -25 || level(high.amplitude) < -25) return '';
  // A voice has more than two frequencies.
  if (low.amplitude ** 2 + high.amplitude ** 2 < 1.4 * rms(pcm) ** 2) return '';
  return keys[rows.indexOf(low.hertz) * 4 + columns.indexOf(high.hertz)] ?? '';
};
