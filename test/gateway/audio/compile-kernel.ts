import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import wabt from 'wabt';

const audio = join(import.meta.dirname, '..', '..', '..', 'gateway', 'audio');
const source = join(audio, 'third-band.wat');

/** Where the compiled kernel is kept. */
export const compiledFile = join(audio, 'third-band-wasm.ts');

/** The TypeScript file that `third-band.wat` compiles to. */
export const compiledKernel = async (): Promise<string> => {
  const { parseWat } = await wabt();
  const module = parseWat(source, readFileSync(source, 'utf8'), { simd: true, multi_value: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  return (
    '/** `third-band.wat`, compiled by `npm run kernel`: not to be edited. */\n' +
    `export const thirdBandWasm =\n  '${Buffer.from(buffer).toString('base64')}';\n`
  );
};
