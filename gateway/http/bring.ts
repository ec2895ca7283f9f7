import { messageOf } from '../../infra/errors.ts';
import type { CallFacts } from '../call/ports.ts';
import { type Pair, readFields } from '../twilio/intake-fields.ts';
import type { HttpDeps } from './deps.ts';

type BringDeps = Pick<HttpDeps, 'intakeNames' | 'count' | 'log'>;

/**
 * The call with what it brings along: fields by the names that the line declares, in `pairs` in the order in which they count. What
 * is left out is counted and told by name; whatever is in the rest, the call goes on.
 */
export const bringing = ({ intakeNames, count, log }: BringDeps, call: CallFacts, pairs: Iterable<Pair>): CallFacts => {
  if (intakeNames === undefined) return call;
  try {
    const { brought, leftOut } = readFields(intakeNames, pairs);
    for (const { name, why } of leftOut) {
      count('intake_field_left_out', { why });
      log.warn({ callId: call.callId, name, why }, 'a field of an IVR was left out');
    }
    // The key of a stream's token was signed; one beside it is only said.
    return brought === undefined ? call : { ...call, brought: { ...brought, ...call.brought, fields: brought.fields } };
  } catch (thrown) {
    count('intake_failed');
    log.error({ callId: call.callId, error: messageOf(thrown) }, 'what an IVR passed on could not be read');
    return call;
  }
};
