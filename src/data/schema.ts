// Schemas of what comes as JSON or as options, by Valibot: it is shaken to what is used, which adds less to a page than
// other libraries of its kind. A schema says a field once: its type, its range and its help text. Errors are ConfigErrors that
// name the field as it was written. What makes a schema is marked as free of side effects: a page's bundler then leaves out
// the tables that it does not use.

import * as v from 'valibot';
import { ConfigError } from '../runtime/errors.ts';
import { likeliest, type Rule } from '../runtime/options.ts';

export type Schema<T> = v.GenericSchema<unknown, T>;
export type Fields = Readonly<Record<string, Schema<unknown>>>;
/** The value that a record of fields describes, with the fields' docstrings. */
export type Output<F> = { readonly [K in keyof F]: F[K] extends Schema<infer T> ? T : never };
/** The value that a schema describes. */
export type OutputOf<S> = S extends Schema<infer T> ? T : never;

/** A schema whose field may be left out. */
export type OptionalSchema<T> = Schema<T> & { readonly type: 'optional' };
/** What may be given for `Output`: fields that are optional may be missing. */
export type Input<F> = {
  readonly [K in keyof F as F[K] extends OptionalSchema<unknown> ? never : K]: F[K] extends Schema<infer T> ? T : never;
} & {
  readonly [K in keyof F as F[K] extends OptionalSchema<unknown> ? K : never]?: F[K] extends Schema<infer T>
    ? T
    : never;
};

type Default = string | number | boolean | readonly number[];

/** How a field is described to people. */
export interface FieldInfo {
  /** What it is, as a help text says it. */
  readonly help: string;
  /** Of its value: 'images', 'pixels', 'epochs'. */
  readonly unit?: string;
  /** The command line's option for it: '--lr <rate>'. Left out: it has none. */
  readonly option?: string;
  /** The default. Left out: that depends on other fields. */
  readonly default?: Default;
}

// Schemas are made without side effects: a bundler drops those that nobody uses.

/** A schema with its description. */
export function field<T>(schema: OptionalSchema<T>, info: FieldInfo): OptionalSchema<T>;
export function field<T>(schema: Schema<T>, info: FieldInfo): Schema<T>;
/* @__NO_SIDE_EFFECTS__ */
export function field<T>(schema: Schema<T>, info: FieldInfo): Schema<T> {
  return v.pipe(schema, v.metadata({ ...info }));
}

/** A field's description; undefined for one that has none. */
export function infoOf(schema: Schema<unknown>): FieldInfo | undefined {
  const { help, unit, option, default: otherwise } = v.getMetadata(schema);
  if (typeof help !== 'string') return undefined;
  return {
    help,
    ...(typeof unit === 'string' && { unit }),
    ...(typeof option === 'string' && { option }),
    ...(isPlain(otherwise) && { default: otherwise }),
  };
}

/** What a field is where nothing is said of it. @throws ConfigError where that depends on other fields */
export const defaultOf = <T>(schema: Schema<T>): T => parse(schema, infoOf(schema)?.default, 'default');

const isPlain = (value: unknown): value is Default =>
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (Array.isArray(value) && value.every((entry) => typeof entry === 'number'));

/** What a number may be; a form shows it, and a command line's option is held to it. */
export interface Limits {
  readonly whole: boolean;
  /** The least that it may be; or `above`, which it may not be itself. */
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
}

/** The limits of a field; undefined where it is not a number. */
export function limitsOf(schema: Schema<unknown>): Limits | undefined {
  const { limits } = v.getMetadata(schema);
  return isLimits(limits) ? limits : undefined;
}

const isLimits = (value: unknown): value is Limits => typeof value === 'object' && value !== null && 'whole' in value;

/** A whole number, both ends included. */
/* @__NO_SIDE_EFFECTS__ */
export const whole = (min: number, max: number): Schema<number> => limited({ whole: true, min, max });

/**
 * A finite number.
 * @param rule what errors say it must be; left out: its limits
 */
/* @__NO_SIDE_EFFECTS__ */
export const number = (limits: Omit<Limits, 'whole'> = {}, rule?: string): Schema<number> =>
  limited({ whole: false, ...limits }, rule);

/* @__NO_SIDE_EFFECTS__ */
function limited(limits: Limits, rule = ruleOf(limits)): Schema<number> {
  return v.pipe(
    v.number(rule),
    v.check((value) => isWithin(limits, value), rule),
    v.metadata({ limits }),
  );
}

/** Whether a number is within its limits. */
export const isWithin = ({ whole: integer, min, above, max, below }: Limits, value: number): boolean =>
  Number.isFinite(value) &&
  (!integer || Number.isInteger(value)) &&
  (min === undefined || value >= min) &&
  (above === undefined || value > above) &&
  (max === undefined || value <= max) &&
  (below === undefined || value < below);

function ruleOf({ whole: integer, min, above, max, below }: Limits): string {
  if (integer) return `must be a whole number from ${min} to ${max}`;
  const low = min ?? above;
  const high = max ?? below;
  if (low !== undefined && high !== undefined) {
    return `must lie in ${min === undefined ? '(' : '['}${low}, ${high}${max === undefined ? ')' : ']'}`;
  }
  if (min !== undefined) return `must be ${min} or more`;
  return above === undefined ? 'must be a finite number' : `must be above ${above}`;
}

/** Anything: for what is checked where more is known. */
export const anyValue: Schema<unknown> = v.unknown();

export const flag: Schema<boolean> = v.boolean('must be true or false');

/* @__NO_SIDE_EFFECTS__ */
export const oneOf = <const C extends string>(choices: readonly C[]): Schema<C> =>
  v.pipe(v.picklist(choices, `must be ${listed(choices.map((choice) => `'${choice}'`))}`), v.metadata({ choices }));

/** What a field may be, where it is one of a list. */
export function choicesOf(schema: Schema<unknown>): readonly string[] | undefined {
  const { choices } = v.getMetadata(schema);
  return Array.isArray(choices) ? choices : undefined;
}

/** A text of at most so many characters. */
/* @__NO_SIDE_EFFECTS__ */
export const text = (most = 1000): Schema<string> => {
  const rule = `must be a text of at most ${most} characters`;
  return v.pipe(v.string(rule), v.maxLength(most, rule));
};

/** A text of a form. */
/* @__NO_SIDE_EFFECTS__ */
export const matching = (pattern: RegExp, rule: string): Schema<string> =>
  v.pipe(v.string(rule), v.regex(pattern, rule));

/** A list, of so many entries. */
/* @__NO_SIDE_EFFECTS__ */
export const list = <T>(entry: Schema<T>, least = 0, most = Number.POSITIVE_INFINITY): Schema<readonly T[]> => {
  const many = most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
  const rule = least === most ? `must be a list of ${least}` : `must be a list of ${many}`;
  return v.pipe(
    v.array(entry, least === 0 ? 'must be a list' : rule),
    v.check((entries) => entries.length >= least && entries.length <= most, rule),
    v.metadata({ entries: { least, most, limits: limitsOf(entry) } }),
  );
};

/** How many entries a list may have, and what each may be, where it is a number. */
export interface ListLimits {
  readonly least: number;
  readonly most: number;
  readonly limits: Limits | undefined;
}

/** The limits of a list; undefined where it is not one. */
export function listLimitsOf(schema: Schema<unknown>): ListLimits | undefined {
  const { entries } = v.getMetadata(schema);
  return isListLimits(entries) ? entries : undefined;
}

const isListLimits = (value: unknown): value is ListLimits =>
  typeof value === 'object' && value !== null && 'least' in value && 'most' in value;

/** An object with these fields and no other. */
/* @__NO_SIDE_EFFECTS__ */
export const object = <const F extends Fields>(fields: F): Schema<Output<F>> => {
  const names = Object.keys(fields);
  const schema: Schema<unknown> = v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isObject, 'must be a JSON object'),
    v.strictObject(fields, ({ expected, path }) => {
      const name = String(path?.at(-1)?.key ?? '');
      if (expected !== 'never') return 'is missing';
      const likely = likeliest(name, names);
      return likely
        ? `is not a key; did you mean ${likely}?`
        : `is not a key; there are ${shortened(names.join(', '))}`;
    }),
  );
  // The same as Valibot's own type of it, but readonly and with the fields' docstrings.
  return schema as Schema<Output<F>>;
};

/** Errors stay short. */
const shortened = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field that may be left out, and is `otherwise` then. */
/* @__NO_SIDE_EFFECTS__ */
export function optional<T>(schema: Schema<T>, otherwise: T): OptionalSchema<T> {
  const made: OptionalSchema<unknown> = v.pipe(v.optional(schema, otherwise), v.metadata(v.getMetadata(schema)));
  // Valibot cannot tell that what stands in is no `undefined`.
  return made as OptionalSchema<T>;
}

/** A field that may be null. */
export const nullable = <T>(schema: Schema<T>): Schema<T | null> => v.nullable(schema);

/**
 * A schema with a check across its fields.
 * @param check throws ConfigError
 */
/* @__NO_SIDE_EFFECTS__ */
export const checked = <T>(schema: Schema<T>, check: (value: T) => void): Schema<T> =>
  v.pipe(
    schema,
    v.transform((value: T) => {
      check(value);
      return value;
    }),
  );

/** Another value made of the one that a schema describes. */
/* @__NO_SIDE_EFFECTS__ */
export const transformed = <T, U>(schema: Schema<T>, make: (value: T) => U): Schema<U> =>
  v.pipe(schema, v.transform(make));

/** A schema that depends on the value, such as on its `kind`. */
/* @__NO_SIDE_EFFECTS__ */
export const lazy = <T>(schemaFor: (json: unknown) => Schema<T>): Schema<T> => v.lazy(schemaFor);

/**
 * The value that a schema describes.
 * @param name what errors call the whole of it; a field of it they call by its path: `optimizer.betas[1]`
 * @throws ConfigError naming the field, its value and what it may be
 */
export function parse<T>(schema: Schema<T>, json: unknown, name: string): T {
  const found = v.safeParse(schema, json, { abortEarly: true });
  if (found.success) return found.output;
  const [issue] = found.issues;
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  throw new ConfigError(
    String(shown(path.replace(/^\./, '') || name)),
    shown(issue.path ? issue.path.at(-1)?.value : issue.input),
    issue.message,
  );
}

/** A schema as the rule of an option. */
export const bySchema =
  (schema: Schema<unknown>): Rule =>
  (name, value) =>
    void parse(schema, value, name);

/** An untrusted value as an error may show it: of any depth and length, and JSON has no word for infinity. */
export function shown(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'string') return value.length > 60 ? `${value.slice(0, 60)}…` : value;
  if (Array.isArray(value)) {
    const plain = value.length <= 16 && value.every((v) => typeof v !== 'object' && typeof v !== 'string');
    return plain ? value : `a list of ${value.length}`;
  }
  return typeof value === 'object' && value !== null ? 'an object' : value;
}

const listed = (choices: readonly string[]): string =>
  choices.length < 2 ? choices.join() : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
