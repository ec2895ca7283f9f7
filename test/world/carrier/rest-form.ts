import type { Callback } from './leg.ts';
import { methodOf } from './stream-plan.ts';

export interface RestAnswer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export const refuse = (status: number, code: number, message: string): RestAnswer => ({
  status,
  json: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

/** A parameter that can't be taken. */
export class FormProblem extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'FormProblem';
    this.code = code;
  }
}

/** Reads the parameters of a request. Every method throws `FormProblem`. */
export class RestForm {
  readonly #form: URLSearchParams;

  /** `known`: names; any other is refused, so that a typo never passes by accident. */
  constructor(body: string, known: readonly string[]) {
    this.#form = new URLSearchParams(body);
    for (const name of this.#form.keys())
      if (!known.includes(name)) throw new FormProblem(20001, `unknown parameter ${name}`);
  }

  text(name: string): string | undefined {
    return this.#form.get(name) ?? undefined;
  }

  all(name: string): readonly string[] {
    return this.#form.getAll(name);
  }

  needed(name: string, code: number): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw new FormProblem(code, `${name} is missing`);
    return value;
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const text = this.text(name);
    const value = values.find((each) => each === text);
    if (text !== undefined && value === undefined)
      throw new FormProblem(20001, `${name} is ${text}, not one of ${values.join(', ')}`);
    return value;
  }

  /** A whole number within a range, both ends included. */
  whole(name: string, [least, most]: readonly [number, number]): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new FormProblem(20001, `${name} is ${text}, not a whole number from ${least} to ${most}`);
    return value;
  }

  /** A URL and the method of the parameter `…Method` beside it. */
  callback(name: string, methodName = `${name}Method`): Callback | undefined {
    const url = this.text(name);
    const method = methodOf(this.oneOf(methodName, ['GET', 'POST']));
    if (url === undefined) return undefined;
    if (!/^https?:/.test(url) || !URL.canParse(url)) throw new FormProblem(21205, `${name} is not a valid URL: ${url}`);
    if (name.endsWith('Callback') && new URL(url).hostname.includes('_'))
      throw new FormProblem(21609, `the host of ${name} has an underscore: ${url}`);
    return { url, method };
  }
}
