/** Loaded into a serving process by `--import`: SIGUSR2 keeps its event loop busy for `CHAOS_BUSY_MS`, as endless work in one call would. */
process.on('SIGUSR2', () => {
  const until = performance.now() + Number(process.env['CHAOS_BUSY_MS'] ?? 0);
  while (performance.now() < until);
});
