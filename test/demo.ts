/** `npm run demo`: a whole call you can watch and hear, or a week of them to count. Everything it does is in `demo/`. */
import { fileURLToPath } from 'node:url';
import { messageOf } from '../infra/errors.ts';
import { type DemoOptions, help, readArguments } from './demo/arguments.ts';
import { inkFor } from './demo/ink.ts';
import { showCall } from './demo/show.ts';
import { showWeek } from './demo/week/show-week.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);
const progress = (line: string) => process.stderr.write(`demo: ${line}\n`);

/** The exit code: 0 only when the call went as its scenario tells and nothing was lost. */
const run = async (options: DemoOptions): Promise<number> => {
  const report = await showCall(options, {
    out: options.out ?? fileURLToPath(new URL('../data/demo', import.meta.url)),
    print,
    progress,
    ink: inkFor(process.stdout, process.env),
    realBaseUrl: process.env['OPENAI_BASE_URL'],
  });
  return report.shortfalls.length === 0 ? 0 : 1;
};

const main = async (): Promise<number> => {
  const asked = readArguments(process.argv.slice(2), process.env['OPENAI_API_KEY']);
  if (asked.kind === 'help') print(help);
  if (asked.kind === 'wrong') progress(asked.problem);
  if (asked.kind === 'help' || asked.kind === 'wrong') return asked.kind === 'help' ? 0 : 2;
  try {
    if (asked.kind === 'week') {
      await showWeek(asked.options, { print, screen: process.stderr, now: Date.now() });
      return 0;
    }
    return await run(asked.options);
  } catch (thrown) {
    progress(messageOf(thrown));
    return 1;
  }
};

const code = await main();
// A gateway remembers a call for minutes after its end; nobody waits for that here. What was written has to arrive, though.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit(code);
