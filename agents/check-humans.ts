import { checkHours, isRecord, reportUnknown } from './check-hours.ts';
import { reachable, whyNoWorkflow } from './check-place.ts';
import { whyNotDialable } from './phone-number.ts';

type Report = (path: string, reason: string) => void;

const fields = [
  ...['number', 'sip', 'queue', 'workflow', 'description', 'way', 'hours', 'ringSeconds', 'callerId'],
  ...['afterwards', 'fallback'],
];

const isRing = (seconds: unknown): boolean => Number.isInteger(seconds) && Number(seconds) >= 5 && Number(seconds) <= 120;

/** Tells everything that is wrong with the people of a line, with its place. Takes anything; never throws. */
export const checkHumans = (humans: ReadonlyMap<unknown, unknown>, report: Report): void => {
  for (const [name, human] of humans) {
    const path = `humans.${String(name)}`;
    if (isRecord(human)) checkHuman(path, human, report);
    else report(path, 'is not a person; write { number }, { sip }, { queue } or {}');
    if (isRecord(human)) checkFallback(`${path}.fallback`, { name, fallback: human['fallback'], humans }, report);
  }
};

const checkHuman = (path: string, human: Readonly<Record<string, unknown>>, report: Report): void => {
  reportUnknown(path, { of: human, known: fields }, report);
  checkWhere(path, human, report);
  if (human['hours'] !== undefined) checkHours(`${path}.hours`, human['hours'], report);
  const ring = human['ringSeconds'];
  if (ring !== undefined && !isRing(ring)) report(`${path}.ringSeconds`, 'must be a whole number from 5 to 120');
  checkChoice(`${path}.way`, { value: human['way'], choices: ['warm', 'cold'] }, report);
  checkChoice(`${path}.afterwards`, { value: human['afterwards'], choices: ['return', 'end'] }, report);
};

const checkChoice = (
  path: string,
  { value, choices }: { value: unknown; choices: readonly string[] },
  report: Report,
): void => {
  if (value !== undefined && !choices.some((choice) => choice === value))
    report(path, `must be ${choices.map((choice) => `"${choice}"`).join(' or ')}`);
};

const checkWhere = (path: string, human: Readonly<Record<string, unknown>>, report: Report): void => {
  const named = Object.entries(reachable).filter(([kind]) => human[kind] !== undefined);
  if (named.length > 1) report(path, 'is reached in more than one way; keep one of number, sip and queue');
  const wrongs = [
    ...named.map(([kind, whyNot]) => [kind, whyNot(human[kind])] as const),
    ['callerId', human['callerId'] === undefined ? undefined : whyNotDialable(human['callerId'])] as const,
    ['workflow', whyNoWorkflow(human['workflow'], human['queue'])] as const,
  ];
  for (const [field, wrong] of wrongs) if (wrong !== undefined) report(`${path}.${field}`, wrong);
};

interface Fallback {
  readonly name: unknown;
  readonly fallback: unknown;
  readonly humans: ReadonlyMap<unknown, unknown>;
}

const checkFallback = (path: string, { name, fallback, humans }: Fallback, report: Report): void => {
  if (fallback === undefined || (fallback !== name && humans.has(fallback))) return;
  const others = [...humans.keys()].filter((other) => other !== name).map(String);
  report(path, `is no other person of this line (${others.join(', ') || 'there is none'})`);
};
