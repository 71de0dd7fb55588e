// What the report's schemas are made of. A schema is the one description of its part: the TypeScript type (`Value`), the
// check of a report that is opened, and the JSON Schema that the build writes come from it. So only what JSON Schema can say
// stands in one: no transformations, and of checks by functions only `record`'s, which JSON Schema implies.

import * as v from 'valibot';

/** What a schema describes, read-only throughout. */
export type Value<S extends v.GenericSchema> = Immutable<v.InferOutput<S>>;

type Immutable<T> = T extends readonly (infer E)[]
  ? readonly Immutable<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** A number, 0 or more. */
export const amount = v.pipe(v.number(), v.minValue(0));
/** A number above 0. */
export const positive = v.pipe(v.number(), v.gtValue(0));
/** A whole number, 0 or more. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A whole number, 1 or more. */
export const countFromOne = v.pipe(v.number(), v.integer(), v.minValue(1));
/** A text that is not empty. */
export const text = v.pipe(v.string(), v.nonEmpty());

/** An object by any keys. Valibot takes an array for one. */
export const record = <const S extends v.GenericSchema>(value: S) =>
  v.pipe(
    v.unknown(),
    v.check((given) => !Array.isArray(given), 'Invalid type: Expected Object but received Array'),
    v.record(v.string(), value),
  );

/** A schema with a description for readers of the JSON Schema. */
export const described = <const S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(schema, v.description(description));

/** Relative L2 error; null where it is not a number. */
export const relativeErrorSchema = described(v.nullable(amount), 'Relative L2 error; null where it is not a number.');
