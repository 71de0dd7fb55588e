// What a browser stored for this page: untrusted, and from any version of it.

import { parseJson } from '../../src/data/json.ts';
import { parse, type Schema } from '../../src/data/schema.ts';

/** What a stored value says by its schema; undefined where it is anything else. */
export function parseStored<T>(schema: Schema<T>, value: unknown): T | undefined {
  try {
    return parse(schema, value, 'stored');
  } catch {
    return undefined;
  }
}

/**
 * What a stored text says by its schema; undefined where it is anything else.
 * @param migrate the value of an earlier version in the keys of today
 */
export function readStored<T>(
  schema: Schema<T>,
  text: string | null | undefined,
  migrate: (json: unknown) => unknown = (json) => json,
): T | undefined {
  try {
    return parse(schema, migrate(parseJson(text ?? '', 'stored')), 'stored');
  } catch {
    return undefined;
  }
}
