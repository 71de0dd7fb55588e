// Numbers that the page's address gives.

import { ConfigError } from '../../src/runtime/errors.ts';

/** @throws ConfigError for what is no number above 0 */
export function numberParameter(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new ConfigError(name, text, 'must be a number above 0');
  return value;
}
