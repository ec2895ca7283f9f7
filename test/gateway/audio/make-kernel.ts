/** Compiles the kernel after `third-band.wat` was changed: `npm run kernel`. */
import { writeFileSync } from 'node:fs';
import { compiledFile, compiledKernel } from './compile-kernel.ts';

writeFileSync(compiledFile, await compiledKernel());
