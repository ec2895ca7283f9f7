import { fieldNamesOf, foldedName, isKeyName, mostIntakeFields, takenNames } from './intake-names.ts';

type Report = (path: string, reason: string) => void;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** An object schema of zod, as far as we use it. */
export const isSchema = (value: unknown): value is { readonly shape: object } =>
  isObject(value) && 'shape' in value && isObject(value.shape) && 'safeParse' in value;

const isField = (value: unknown): boolean => isObject(value) && '_zod' in value;

/** Checks what a line says that it takes from an IVR. */
export const checkIntake = (intake: unknown, report: Report): void => {
  if (intake === undefined) return;
  if (!isObject(intake) || !('accepts' in intake) || !isSchema(intake.accepts)) {
    report('intake.accepts', 'is not a schema; write z.object({…})');
    return;
  }
  checkFields(intake.accepts.shape, report);
  if (!('facts' in intake) || typeof intake.facts !== 'function') report('intake.facts', 'must be a function of the fields');
  if (!('verified' in intake) || !isNames(intake.verified)) report('intake.verified', 'must be a list of names of facts');
};

const isNames = (value: unknown): boolean =>
  value instanceof Set && [...value].every((name) => typeof name === 'string' && name !== '');

const checkFields = (shape: object, report: Report): void => {
  const names = Object.keys(shape);
  if (names.length > mostIntakeFields)
    report('intake.accepts', `has ${names.length} fields; at most ${mostIntakeFields} are taken`);
  const known = fieldNamesOf(names);
  for (const name of names) {
    const path = `intake.accepts.${name}`;
    const problem = problemWith(name) ?? (isField(Reflect.get(shape, name)) ? undefined : 'is not a schema of zod');
    if (problem !== undefined) report(path, problem);
    const other = known.get(foldedName(name));
    if (other !== name) report(path, `can't be told from ${other}: capitals, "-" and "_" don't count`);
  }
};

const problemWith = (name: string): string | undefined => {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(name))
    return 'has a bad name; a name begins with a letter and has at most 40 letters, digits and "_"';
  // `constructor` and its like are there on every object.
  if (name in {}) return 'has a name that every object has; choose another';
  const folded = foldedName(name);
  if (isKeyName(folded)) return 'is the name of the key that POST /intakes gives; choose another';
  const taken = takenNames.get(folded);
  return taken === undefined ? undefined : `can't be told from what is there anyway (${taken}); choose another name`;
};
