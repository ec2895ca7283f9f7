import type { LineDefinition } from '../agents/definition.ts';
import { withNumbers } from '../agents/handoff/person.ts';
import { whisper } from '../agents/handoff/whisper.ts';
import type { Log } from '../infra/log.ts';
import type { ContextBundle } from '../store/context/bundle.ts';
import type { TransferRef } from '../store/transfers.ts';
import { PersonDesk } from './call/person-desk.ts';
import { PersonScreen } from './call/person-screen.ts';
import type { CallRegistry } from './call/registry.ts';
import type { TransferHouse } from './call/transfer-news.ts';
import type { Settings } from './config/settings.ts';
import type { HttpDeps } from './http/deps.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { ScreenTokens } from './screen/screen-token.ts';

/** The line with the people whom its agents can reach. */
export const peopledLine = (written: LineDefinition, { people }: Settings, log: Log): LineDefinition => {
  const { line, missing, unknown } = withNumbers(written, people.humans);
  if (missing.length > 0)
    log.info(
      { people: missing.join(', ') },
      'no agent offers these people: set their numbers with THROUGHLINE_HUMANS (name=+…)',
    );
  if (unknown.length > 0)
    log.warn({ people: unknown.join(', ') }, 'THROUGHLINE_HUMANS has numbers for people whom the line does not have');
  return line;
};

export interface PeopleGround {
  readonly house: TransferHouse;
  readonly calls: CallRegistry;
  readonly metrics: GatewayMetrics;
  readonly tokens: ScreenTokens;
}

/** The people's side of transfers: their legs, and their page. */
export const peopleDesks = ({ house, calls, metrics, tokens }: PeopleGround): Pick<HttpDeps, 'people' | 'screen'> => {
  const shared = {
    house,
    bundle: (callId: TransferRef['callId']) => calls.bundle(callId),
    onNews: (state: Parameters<CallRegistry['hears']>[0]) => calls.hears(state),
  };
  return {
    people: new PersonDesk({ ...shared, whisper: whisperOf }),
    screen: {
      desk: new PersonScreen(shared),
      tokens,
      count: (what, { why = '' } = {}) => metrics.count('throughline_notices_total', { peer: 'person', what, why }),
    },
  };
};

const whisperOf = (bundle: ContextBundle, { transfer }: TransferRef): string => {
  const { to = '', reason = '' } = bundle.transfers.find((one) => one.transfer === transfer) ?? {};
  return whisper({ bundle, reason, to });
};
