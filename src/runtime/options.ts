// Options that a caller gives, checked before anything is changed: every name is known, every value is one that can be.
// What an options object may hold is one table of rules beside its type, held to it by `satisfies Rules<…>`: a name that the
// type has and the table lacks, or the other way round, does not compile.

import { ConfigError } from './errors.ts';

/** Checks the value of one option. @throws ConfigError naming `field`, the value and what it may be */
export type Rule = (field: string, value: unknown) => void;

/** A rule for each option of `T`. An option that is left out or undefined is not asked, unless its rule is `required`. */
export type Rules<T> = { readonly [K in keyof T]-?: Rule };

/** Rules by which a left out option is an error. */
const REQUIRED = new WeakSet<Rule>();

/** The option must be there. */
/* @__NO_SIDE_EFFECTS__ */
export function required(rule: Rule): Rule {
  const own: Rule = (field, value) => rule(field, value);
  REQUIRED.add(own);
  return own;
}

/** A rule from a test and what the value must be, in words. */
/* @__NO_SIDE_EFFECTS__ */
export const must =
  (holds: (value: unknown) => boolean, wanted: string): Rule =>
  (field, value) => {
    if (!holds(value)) throw new ConfigError(field, value, wanted);
  };

/** Any value: for options that are checked where more is known. */
export const anything: Rule = () => undefined;

/* @__NO_SIDE_EFFECTS__ */
export const oneOf = (...choices: readonly (string | boolean)[]): Rule =>
  must((value) => choices.some((choice) => choice === value), `must be ${listed(choices.map(quoted))}`);

export const flag: Rule = oneOf(true, false);

export const aFunction: Rule = must((value) => typeof value === 'function', 'must be a function');

export const anObject: Rule = must((value) => typeof value === 'object' && value !== null, 'must be an object');

/* @__NO_SIDE_EFFECTS__ */
export const whole = (least: number, most: number): Rule =>
  must(
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    `must be a whole number from ${least} to ${most}`,
  );

/** A finite number for which `holds`. */
/* @__NO_SIDE_EFFECTS__ */
export const aNumber = (holds: (value: number) => boolean, wanted: string): Rule =>
  must((value) => typeof value === 'number' && Number.isFinite(value) && holds(value), wanted);

/* @__NO_SIDE_EFFECTS__ */
export const atLeast = (least: number): Rule =>
  aNumber((value) => value >= least, `must be a number, ${least} or more`);

/** Of batches: beyond what any memory has room for, so that the limits of a device answer first. */
export const BATCH: Rule = whole(1, 2 ** 24);
export const SEED: Rule = whole(0, 2 ** 32 - 1);

/** One value by a rule. */
export function check(field: string, value: unknown, rule: Rule): void {
  rule(field, value);
}

/** An object with options of its own. */
/* @__NO_SIDE_EFFECTS__ */
export const nested =
  <T>(rules: Rules<T>): Rule =>
  (field, value) =>
    checkOptions(field, value, rules);

/**
 * Checks an options object: that it is one, its names, then its values, in the order of the rules.
 * @param what the object's name in messages: 'options of Trainer'
 * @throws ConfigError naming the option; for a name that is not known, the one that was probably meant
 */
export function checkOptions<T>(what: string, given: unknown, rules: Rules<T>): asserts given is T {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || ArrayBuffer.isView(given))
    throw new ConfigError(what, given, 'must be an object of options');
  if (kindOf(given) === 'Promise')
    throw new ConfigError(what, 'Promise', 'must be an object of options: await it first');
  const known = Object.entries<Rule>(rules);
  const names = known.map(([name]) => name);
  for (const name of Object.keys(given)) if (!Object.hasOwn(rules, name)) throw unknown(what, name, given, names);
  for (const [name, rule] of known) {
    const value: unknown = Reflect.get(given, name);
    if (value !== undefined || REQUIRED.has(rule)) rule(name, value);
  }
}

function unknown(what: string, name: string, given: object, names: readonly string[]): ConfigError {
  const likely = likeliest(name, names);
  const meant = likely ? `did you mean ${likely}? ` : '';
  const rest = `is not one of the ${what}; ${meant}There are ${names.join(', ')}`;
  return new ConfigError(name, Reflect.get(given, name), rest);
}

/** The name that was probably meant: the nearest by edit distance, where it is near. */
export function likeliest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const wanted = plain(name.slice(0, 60));
  const near = names
    .map((known) => ({ known, distance: editDistance(wanted, plain(known)) }))
    .filter(({ known, distance }) => distance <= Math.max(1, Math.floor(known.length / 3)));
  return near.sort((a, b) => a.distance - b.distance)[0]?.known;
}

/** Insertions, deletions, replacements and swapped neighbours from one text to the other (optimal string alignment). */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= from.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= to.length; j++) {
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const replaced = at(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = isSwapped ? at(i - 2, j - 2) + 1 : replaced;
      rows[i]?.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(from.length, to.length);
}

function quoted(choice: string | boolean): string {
  return typeof choice === 'string' ? `'${choice}'` : String(choice);
}

function listed(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join() : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

/**
 * An object of one of the library's classes.
 * @param make how one is had: 'await Device.open(navigator.gpu)'
 * @throws ConfigError that says what was given instead
 */
export function checkInstance<T>(
  field: string,
  given: unknown,
  // A class whose constructor is private is no constructor to the compiler.
  type: { readonly prototype: T; readonly name: string },
  name: string,
  make: string,
): asserts given is T {
  if (typeof type === 'function' && given instanceof type) return;
  const write = kindOf(given) === 'GPUDevice' && name === 'Device' ? 'Device.wrap(gpuDevice)' : make;
  throw new ConfigError(field, kindOf(given), `must be a ${name}: \`${write}\``);
}

/** What a value is, for messages: 'Promise', 'Float64Array', 'undefined', 'string'. */
export function kindOf(given: unknown): string {
  if (typeof given !== 'object' || given === null) return given === null ? 'null' : typeof given;
  if (typeof Reflect.get(given, 'then') === 'function') return 'Promise';
  if (typeof Reflect.get(given, 'createBuffer') === 'function') return 'GPUDevice';
  const tag: unknown = Reflect.get(given, Symbol.toStringTag) ?? given.constructor?.name;
  return typeof tag === 'string' ? tag : 'object';
}
