// Before every test file: random inputs are the same in every run, so that a red run is about the change that was made.
// `FUZZ_RUNS=100000 npm test -- test/fuzz` searches on with inputs of its own; `FUZZ_SEED` repeats what it found.
import fc from 'fast-check';

const { FUZZ_RUNS, FUZZ_SEED } = process.env;

if (FUZZ_SEED !== undefined) fc.configureGlobal({ seed: Number(FUZZ_SEED) });
else if (FUZZ_RUNS === undefined) fc.configureGlobal({ seed: 20_261_126 });
