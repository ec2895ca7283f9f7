import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import wabt from 'wabt';

const source = new URL('../gateway/audio/third-band.wat', import.meta.url);
const target = new URL('../gateway/audio/third-band-binary.ts', import.meta.url);

/** Translates the WebAssembly text of the audio kernel. Throws on what is not valid. */
export const translate = async (): Promise<Uint8Array> => {
  const { parseWat } = await wabt();
  const module = parseWat('third-band.wat', readFileSync(source, 'utf8'), { simd: true });
  module.validate();
  return module.toBinary({}).buffer;
};

const asModule = (bytes: Uint8Array): string => `/** third-band.wat, translated by \`npm run kernel\`. */
export const binary: Uint8Array = Uint8Array.from(
  atob(
    '${Buffer.from(bytes).toString('base64')}',
  ),
  (letter) => letter.charCodeAt(0),
);
`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(target, asModule(await translate()));
