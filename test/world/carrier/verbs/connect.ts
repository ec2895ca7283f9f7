import { planStream } from '../stream-plan.ts';
import { toAction, type Verb } from './verb.ts';

export const connect: Verb = async (stage, element, signal) => {
  const [noun] = element.children;
  if (noun?.name !== 'Stream') {
    stage.record.debug(12200, `<Connect> with ${noun?.name ?? 'nothing'} is not simulated`);
    return toAction(stage, element);
  }
  const planning = planStream(noun, stage.base);
  if (planning.kind === 'refused') stage.streamRefused(noun, planning.code, planning.message);
  else {
    for (const warning of planning.warnings) stage.record.debug(12200, warning);
    if (!(await stage.stream(planning.plan, signal))) return { go: 'end', reason: 'stream-broke', status: 'completed' };
  }
  return toAction(stage, element);
};
