import { checkHours, isRecord, reportUnknown } from './check-hours.ts';
import { whyNoNumber, whyNotDialable } from './phone-number.ts';

type Report = (path: string, reason: string) => void;

const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= longest && !/\p{Cc}/u.test(value);

const whyNoUrl = (url: unknown): string | undefined => {
  if (!isText(url, 2_000) || !URL.canParse(url)) return 'is no URL; write for example "https://ivr.example.com/voice"';
  return new URL(url).protocol === 'https:' ? undefined : 'must be https: a call and its number go there';
};

const sipAddress = /^sips?:[^\s@<>"?]+@[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(;[^\s<>"?]*)?(\?[^\s<>"]*)?$/;

const whyNoSip = (address: unknown): string | undefined =>
  isText(address, 1_500) && sipAddress.test(address)
    ? undefined
    : 'is no SIP address; write for example "sip:4000@pbx.example.com"';

/** Twilio takes queue names of up to 64 characters. */
const whyNoQueue = (name: unknown): string | undefined =>
  isText(name, 64) ? undefined : 'must be the name of a queue, 1 to 64 characters';

const whyNoWorkflow = (sid: unknown): string | undefined =>
  typeof sid === 'string' && /^WW[0-9a-fA-F]{32}$/.test(sid)
    ? undefined
    : 'must be a workflow of TaskRouter: WW and 32 hex digits';

const kinds = { number: whyNotDialable, queue: whyNoQueue, url: whyNoUrl, sip: whyNoSip } as const;

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
  const { workflow } = { workflow: elsewhere['workflow'] };
  if (workflow === undefined) return;
  const wrong = elsewhere['queue'] === undefined ? 'belongs to a queue' : whyNoWorkflow(workflow);
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
