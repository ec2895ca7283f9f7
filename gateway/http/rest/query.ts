import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { sendProblem } from '../console-answers.ts';
import { wrongPeriod } from '../schemas/parameters.ts';

/** The query of a request, as it came. */
export const queryOf = (request: Request): URLSearchParams =>
  new URLSearchParams(request.originalUrl.split('?').slice(1).join('?'));

/** What a query asks for, or what is wrong with it, in words. */
export type ReadQuery<Value> = { readonly value: Value } | { readonly problem: string };

const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 60);

const problemOf = (issue: z.core.$ZodIssue | undefined, known: readonly string[]): string => {
  if (issue?.code === 'unrecognized_keys') {
    const names = issue.keys.map((name) => `"${plain(name)}"`).join(', ');
    const there = known.length === 0 ? 'there are no parameters' : `there are ${known.join(', ')}`;
    return `${names} is no parameter here; ${there}`;
  }
  return `${issue?.path.join('.') ?? 'the query'} ${issue?.message ?? 'can not be read'}`;
};

/** Reads a query by its schema: names that it does not know, names that come twice, and periods that end before they begin are wrong. */
export const readQuery = <Query extends z.ZodObject>(query: URLSearchParams, schema: Query): ReadQuery<z.output<Query>> => {
  const names = [...query.keys()];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return { problem: `"${plain(twice)}" is there twice` };
  const parsed = schema.safeParse(Object.fromEntries(query));
  if (!parsed.success) return { problem: problemOf(parsed.error.issues[0], Object.keys(schema.shape)) };
  const problem = 'from' in schema.shape ? wrongPeriod(Object.fromEntries(query)) : undefined;
  return problem === undefined ? { value: parsed.data } : { problem };
};

const nothing = z.strictObject({});

/** Refuses whatever is asked for in a query: a word that is not known would be believed to count. */
export const withoutQuery: RequestHandler = (request, response, next) => {
  const read = readQuery(queryOf(request), nothing);
  if ('problem' in read) sendProblem(response, 400, read.problem);
  else next();
};
