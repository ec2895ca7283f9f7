import type { AnswerDescription, Operation } from './describe.ts';

type Answers = Readonly<Record<number, AnswerDescription>>;

/** Whether it is for people. */
export const isPage = ({ answers }: Operation): boolean => Object.values(answers).some(({ text }) => text === 'text/html');

/** A page says as a page what is wrong. */
const told = (description: string, operation: Operation): AnswerDescription =>
  isPage(operation) ? { description, text: 'text/html' } : { description };

const ofBody: Answers = {
  413: { description: 'The body is too large.' },
  415: { description: 'The body is no JSON by its Content-Type.' },
};

/** How an operation refuses, as far as it follows from what else is said of it. */
export const refusalsOf = (method: string, operation: Operation): Answers => {
  const { isHealth = false, needsNoStore = false, named, body } = operation;
  if (isHealth) return {};
  return {
    400: told('Something that was sent is not as it is described here.', operation),
    ...(method === 'GET' ? {} : { 403: { description: 'A page of another origin asks.' } }),
    ...(named === undefined ? {} : { 404: told('There is no such thing.', operation) }),
    ...(body === undefined ? {} : ofBody),
    421: { description: 'The console is asked under a name that is not its own.' },
    ...(needsNoStore ? {} : { 503: told('The store can not be reached.', operation) }),
  };
};
