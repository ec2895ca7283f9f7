import { checkHours, isRecord, reportUnknown } from './check-hours.ts';
import { isText, reachable, whyNoWorkflow } from './check-place.ts';
import { whyNoNumber } from './phone-number.ts';

type Report = (path: string, reason: string) => void;

const whyNoUrl = (url: unknown): string | undefined => {
  if (!isText(url, 2_000) || !URL.canParse(url)) return 'is no URL; write for example "https://ivr.example.com/voice"';
  return new URL(url).protocol === 'https:' ? undefined : 'must be https: a call and its number go there';
};

const kinds = { ...reachable, url: whyNoUrl } as const;

const checkElsewhere = (path: string, elsewhere: unknown, report: Report): void => {
  const form = 'write one of { number }, { queue }, { url }, { sip }: where callers go whom no agent serves';
  if (!isRecord(elsewhere)) {
    report(path, `is missing; ${form}`);
    return;
  }
  reportUnknown(path, { of: elsewhere, known: [...Object.keys(kinds), 'workflow'] }, report);
  const named = Object.entries(kinds).filter(([kind]) => elsewhere[kind] !== undefined);
  if (named.length !== 1) report(path, `names ${named.length} places; ${form}`);
  for (const [kind, whyNot] of named) {
    const wrong = whyNot(elsewhere[kind]);
    if (wrong !== undefined) report(`${path}.${kind}`, wrong);
  }
  const wrong = whyNoWorkflow(elsewhere['workflow'], elsewhere['queue']);
  if (wrong !== undefined) report(`${path}.workflow`, wrong);
};

const checkCallers = (path: string, callers: unknown, report: Report): void => {
  if (!Array.isArray(callers)) {
    report(path, 'must be a list of phone numbers');
    return;
  }
  for (const [index, caller] of callers.entries()) {
    const wrong = whyNoNumber(caller);
    if (wrong !== undefined) report(`${path}[${index}]`, wrong);
  }
};

const isShare = (share: unknown): boolean => typeof share === 'number' && share >= 0 && share <= 1;

/** Tells everything that is wrong with a line's pilot, with its place. Takes anything; never throws. */
export const checkPilot = (path: string, pilot: unknown, report: Report): void => {
  if (!isRecord(pilot)) {
    report(path, 'is not { share, callers, hours, otherwise }');
    return;
  }
  reportUnknown(path, { of: pilot, known: ['share', 'callers', 'hours', 'otherwise'] }, report);
  const { share, callers, hours } = { share: pilot['share'], callers: pilot['callers'], hours: pilot['hours'] };
  if (share !== undefined && !isShare(share))
    report(`${path}.share`, 'must be a number from 0 to 1; 0.1 is every tenth caller');
  if (callers !== undefined) checkCallers(`${path}.callers`, callers, report);
  if (hours !== undefined) checkHours(`${path}.hours`, hours, report);
  checkElsewhere(`${path}.otherwise`, pilot['otherwise'], report);
};
