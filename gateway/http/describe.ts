import type { z } from 'zod';

/** What a status of an answer comes with. */
export interface AnswerDescription {
  readonly description: string;
  /** Of the JSON; undefined: it is no JSON. */
  readonly schema?: z.ZodType;
  /** Whether the same can be had as CSV. */
  readonly csv?: boolean;
  /** Headers that a program may need, in words. A file of CSV has its name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The media type of what is no JSON, like `text/html`. */
  readonly text?: string;
}

/** One method of one path, for people and for programs that make clients. */
export interface Operation {
  readonly summary: string;
  readonly description?: string;
  /** What stands in braces in the path, in words. */
  readonly named?: Readonly<Record<string, string>>;
  readonly query?: z.ZodObject;
  /** A JSON body that is sent along. */
  readonly body?: z.ZodType;
  readonly isBodyOptional?: boolean;
  /** Whether it is answered while the store is away. */
  readonly needsNoStore?: boolean;
  /** Health and metrics are answered under any name, and whatever the query is. */
  readonly isHealth?: boolean;
  /** Errors need no schema: they are all problems. Those that follow from the above need not be named, see `refusalsOf`. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
}

/** The routes of one file: `GET /api/v1/calls/{id}` and what it does. Stands next to the code that serves them. */
export type Description = Readonly<Record<string, Operation>>;
