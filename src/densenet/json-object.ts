// Untrusted JSON, read key by key: every key must be known and every value of its type, else it is a ConfigError that names
// the key as it was written.

import { ConfigError } from '../runtime/errors.ts';

/** One object of untrusted JSON: its own keys, all of them known, each read as one type of value. */
export class JsonObject {
  private readonly values: ReadonlyMap<string, unknown>;

  /** `nullable`: keys for which null stands for a key left out. */
  constructor(what: string, json: unknown, keys: readonly string[], nullable: readonly string[] = []) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ConfigError(what, shown(json), 'must be a JSON object');
    }
    const entries = Object.entries(json).filter(([key, value]) => value !== null || !nullable.includes(key));
    this.values = new Map(entries);
    for (const [key, value] of entries) {
      if (keys.includes(key)) continue;
      throw new ConfigError(String(shown(key)), shown(value), `is no key; there are ${keys.join(', ')}`);
    }
  }

  /** @throws ConfigError naming the first of `keys` that is not there */
  require(keys: readonly string[]): this {
    for (const key of keys) if (!this.values.has(key)) throw new ConfigError(key, undefined, 'is missing');
    return this;
  }

  get(key: string): unknown {
    return this.values.get(key);
  }

  private or(key: string, otherwise: unknown): unknown {
    return this.values.has(key) ? this.values.get(key) : otherwise;
  }

  number(key: string, otherwise: number, holds: (value: number) => boolean = () => true, rule = ''): number {
    const value = this.or(key, otherwise);
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw new ConfigError(key, shown(value), 'must be a finite number');
    }
    if (!holds(value)) throw new ConfigError(key, value, rule);
    return value;
  }

  whole(key: string, otherwise: number, least: number, most: number): number {
    const holds = (value: number) => Number.isInteger(value) && value >= least && value <= most;
    return this.number(key, otherwise, holds, `must be a whole number from ${least} to ${most}`);
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.or(key, otherwise);
    if (typeof value !== 'boolean') throw new ConfigError(key, shown(value), 'must be true or false');
    return value;
  }

  text(key: string, otherwise: string, most = 1000): string {
    const value = this.or(key, otherwise);
    if (typeof value !== 'string' || value.length > most) {
      throw new ConfigError(key, shown(value), `must be a text of at most ${most} characters`);
    }
    return value;
  }

  choice<const C extends string>(key: string, otherwise: C, choices: readonly C[]): C {
    const value = this.or(key, otherwise);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new ConfigError(key, shown(value), `must be one of ${choices.join(', ')}`);
    return found;
  }

  list(key: string, otherwise: readonly number[]): readonly number[] {
    const value = this.or(key, otherwise);
    if (!Array.isArray(value) || !value.every((v) => typeof v === 'number' && Number.isFinite(v))) {
      throw new ConfigError(key, shown(value), 'must be a list of numbers');
    }
    return value;
  }
}

/** An untrusted value as an error may show it: it may be of any depth and length, and JSON has no infinity. */
export function shown(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'string') return value.length > 60 ? `${value.slice(0, 60)}…` : value;
  if (Array.isArray(value)) {
    const plain = value.length <= 16 && value.every((v) => typeof v !== 'object' && typeof v !== 'string');
    return plain ? value : `a list of ${value.length}`;
  }
  return typeof value === 'object' && value !== null ? 'an object' : value;
}
