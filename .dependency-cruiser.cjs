// The floors and heights of the house. gateway -> agents -> store -> infra: each imports only to its right.
const pure =
  '^(gateway/(traces/(span|ids|genai|times|turn|turn-spans|detours|course|endings|spans)[.]ts|twilio/(wire|decode|encode|twiml|signature|plain-text|user-to-user|intake-fields|carried)|audio/|screen/|console/|page/|call/(state|steps|transition|answering|talking|spare|switching|transferring|next-step|elsewhere|turns|playback|narrate|key-groups|capture|veil))' +
  '|agents/(openai/(wire|decode|encode|lifecycle)|handoff/|hours|pilot\\.)|store/(context/|prices|price-table|figures/wilson|suggestions/(way|suggest|effect)))';
const adapters = '^(gateway/(twilio|http)/|agents/openai/|store/(redis|sqlite)-|infra/(redis|sqlite|queue/.*-queue))';

const forbidden = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbidden('no-circles', {}, { circular: true }),
    forbidden('infra-imports-nothing-above', { path: '^infra/' }, { path: '^(gateway|agents|store|test)/' }),
    forbidden('store-imports-only-infra', { path: '^store/' }, { path: '^(gateway|agents|test)/' }),
    forbidden('agents-import-only-store-and-infra', { path: '^agents/' }, { path: '^(gateway|test)/' }),
    forbidden('gateway-never-imports-test', { path: '^gateway/' }, { path: '^test/' }),
    forbidden(
      'pure-files-know-no-node',
      { path: pure, pathNot: '(signature|seal|screen-token)\\.ts$' },
      { dependencyTypes: ['core'] },
    ),
    forbidden(
      'pure-crypto-only',
      { path: '(twilio/signature|context/seal|screen/screen-token)\\.ts$' },
      { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    ),
    forbidden('pure-files-know-no-packages', { path: pure, pathNot: '/wire\\.ts$' }, { path: 'node_modules' }),
    forbidden(
      'wire-files-know-zod-and-types',
      { path: '/wire\\.ts$' },
      { path: 'node_modules', pathNot: 'node_modules/(zod|openai)/' },
    ),
    forbidden(
      'core-knows-no-adapters',
      { path: '^gateway/call/' },
      {
        path: '^gateway/(twilio|http)/|^agents/(openai|acme)/|^store/(redis|sqlite)-|^infra/(redis|sqlite|queue/.*-queue)|node_modules',
      },
    ),
    forbidden(
      'one-file-knows-opentelemetry',
      { pathNot: '^gateway/traces/otlp[.]ts$' },
      { path: 'node_modules/@opentelemetry/' },
    ),
    forbidden('adapters-know-no-core', { path: adapters }, { path: '^gateway/call/', pathNot: '^gateway/call/ports\\.ts$' }),
    forbidden(
      'roots-are-not-imported',
      { pathNot: '^(test|gateway/(main|serve|worker|clips|compose)\\.ts)' },
      { path: '^gateway/(main|serve|worker|clips|compose)\\.ts' },
    ),
    forbidden(
      'no-orphans',
      {
        orphan: true,
        pathNot: ['/page/player\\.js$', 'test/chaos/busy-hook\\.ts$', '\\.config\\.ts$', '\\.cjs$', '\\.d\\.ts$'],
      },
      {},
    ),
    forbidden('everything-resolves', {}, { couldNotResolve: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // Their packages are installed by the benchmarks alone.
    exclude: { path: '^test/bench/peers/[^/]+[.]mjs$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
