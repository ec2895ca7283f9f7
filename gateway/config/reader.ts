import { knownSetting, nearestName, type SettingName, unknownNames } from './known.ts';
import type { Parse } from './values.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
/** The text of a file. Throws when it can't be read. */
export type ReadFile = (path: string) => string;

/** One thing that is wrong: the setting, why, and where to get a right value. */
export interface Problem {
  readonly name: string;
  readonly wrong: string;
  readonly where: string;
}

const errorCode = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : 'unreadable';

/** Reads one setting after the other and collects all that is wrong, so that everything can be put right at once. */
export class SettingsReader {
  readonly problems: Problem[] = [];
  readonly warnings: string[] = [];
  readonly #env: Environment;
  readonly #readFile: ReadFile;

  constructor(env: Environment, readFile: ReadFile) {
    this.#env = env;
    this.#readFile = readFile;
    for (const name of unknownNames(Object.keys(env))) {
      this.problems.push({ name, wrong: 'is not a setting', where: `did you mean ${nearestName(name)}?` });
    }
  }

  problem(name: SettingName, wrong: string): void {
    this.problems.push({ name, wrong, where: knownSetting(name).where });
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  isSet(name: SettingName): boolean {
    return this.#value(name) !== undefined || this.#value(`${name}_FILE`) !== undefined;
  }

  /** The parsed value; `fallback` when it is not set, or wrong (then there is a problem). */
  read<Value>(name: SettingName, parse: Parse<Value>, fallback: Value): Value {
    const text = this.#text(name);
    if (text === undefined) return fallback;
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    this.problem(name, parsed.wrong);
    return fallback;
  }

  optional<Value>(name: SettingName, parse: Parse<Value>): Value | undefined {
    return this.read<Value | undefined>(name, parse, undefined);
  }

  /** Makes sure that a file which a setting names is there. */
  mustExist(name: SettingName, path: string): void {
    this.contentOf(name, path);
  }

  /** The text of a file which a setting names; undefined when it can't be read (then there is a problem). */
  contentOf(name: SettingName, path: string): string | undefined {
    try {
      return this.#readFile(path);
    } catch (error) {
      this.problem(name, `names a file that can't be read (${errorCode(error)})`);
      return undefined;
    }
  }

  /** Spaces around a value are dropped, and an empty value counts as not set: compose files pass unset variables on as empty. */
  #value(name: string): string | undefined {
    const text = this.#env[name]?.trim();
    return text === '' ? undefined : text;
  }

  #text(name: SettingName): string | undefined {
    const direct = this.#value(name);
    const path = this.#value(`${name}_FILE`);
    if (path === undefined) return direct;
    if (direct !== undefined) {
      this.problem(name, `is set twice: as ${name} and as ${name}_FILE`);
      return direct;
    }
    return this.#fromFile(name, path);
  }

  #fromFile(name: SettingName, path: string): string | undefined {
    try {
      const text = this.#readFile(path).trim();
      if (text === '') this.problem(name, `${name}_FILE names an empty file`);
      return text === '' ? undefined : text;
    } catch (error) {
      this.problem(name, `${name}_FILE names a file that can't be read (${errorCode(error)})`);
      return undefined;
    }
  }
}
