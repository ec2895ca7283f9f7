/** A stereo WAV of mu-law: RIFF, `fmt ` of 18 bytes (WAVE_FORMAT_MULAW), `fact`, `data`. Microsoft's "Multimedia Programming Interface", 1991. */
export const wavHeaderBytes = 58;
const mulawFormat = 7;
const channels = 2;
const samplesPerSecond = 8_000;

/** A second of both sides. */
export const secondBytes = channels * samplesPerSecond;

/** The header of a file with so many bytes of sound; an even number of them. */
export const wavHeader = (soundBytes: number): Buffer => {
  const header = Buffer.alloc(wavHeaderBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(wavHeaderBytes - 8 + soundBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(18, 16);
  header.writeUInt16LE(mulawFormat, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(samplesPerSecond, 24);
  header.writeUInt32LE(secondBytes, 28);
  header.writeUInt16LE(channels, 32);
  header.writeUInt16LE(8, 34);
  header.write('fact', 38, 'latin1');
  header.writeUInt32LE(4, 42);
  header.writeUInt32LE(soundBytes / channels, 46);
  header.write('data', 50, 'latin1');
  header.writeUInt32LE(soundBytes, 54);
  return header;
};

/** Sound in a file of so many bytes: what a crash cut in the middle of a sample is left out. */
export const soundIn = (fileBytes: number): number => {
  const rest = Math.max(0, fileBytes - wavHeaderBytes);
  return rest - (rest % channels);
};
