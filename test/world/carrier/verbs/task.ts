import type { TwimlElement } from '../../twiml-document.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Which queue `<Enqueue>` means, and the task that is made for it. */
export type QueuePlan =
  | { readonly kind: 'queue'; readonly name: string }
  | {
      readonly kind: 'workflow';
      readonly name: string;
      readonly attributes: Fields;
      readonly priority: string | undefined;
    }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string };

const refused = (code: number, message: string): QueuePlan => ({ kind: 'refused', code, message });

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** TaskRouter's expressions can't name a key with a hyphen. */
const hyphenated = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = key.includes('-') ? key : hyphenated(inner);
    if (found !== undefined) return found;
  }
  return undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads `<Enqueue>` as Twilio does: a name, or a workflow with the attributes of a task as JSON. */
export const planQueue = (element: TwimlElement): QueuePlan => {
  const { workflowSid } = element.attributes;
  const [task] = element.children;
  if (workflowSid === undefined && task !== undefined) return refused(14220, '<Task> without a workflowSid');
  if (workflowSid === undefined) {
    const isName = element.text !== '' && element.text.length <= 64;
    return isName ? { kind: 'queue', name: element.text } : refused(12200, `not the name of a queue: ${element.text}`);
  }
  if (!/^WW[0-9a-f]{32}$/.test(workflowSid)) return refused(14220, `not the sid of a workflow: ${workflowSid}`);
  const attributes = parsed(task?.text ?? '{}');
  if (!isFields(attributes)) return refused(14221, `the attributes of the task are no JSON object: ${task?.text}`);
  const key = hyphenated(attributes);
  if (key !== undefined) return refused(14221, `an attribute of the task has a hyphen: ${key}`);
  return { kind: 'workflow', name: workflowSid, attributes, priority: task?.attributes['priority'] };
};
