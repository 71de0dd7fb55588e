import { describe, expect, test } from 'vitest';
import { ConfigError } from '../runtime/errors.ts';
import {
  choicesOf,
  field,
  flag,
  infoOf,
  limitsOf,
  list,
  number,
  object,
  oneOf,
  optional,
  parse,
  text,
  whole,
} from './schema.ts';

const OPTIMIZER = object({ kind: oneOf(['sgd', 'adamw']), betas: list(number({ min: 0, below: 1 }), 2, 2) });
const RUN = object({
  epochs: field(whole(1, 100), { help: 'passes over the images', unit: 'epochs', option: '--epochs <n>', default: 5 }),
  rate: number({ above: 0 }),
  name: optional(text(5), 'none'),
  mirror: optional(flag, false),
  optimizer: OPTIMIZER,
});
const good = { epochs: 3, rate: 0.1, optimizer: { kind: 'sgd', betas: [0, 0.5] } };

function thrown(json: unknown): ConfigError {
  try {
    parse(RUN, json, 'run');
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error('it was taken');
}

describe('a schema', () => {
  test('reads what it describes, with its defaults', () => {
    expect(parse(RUN, good, 'run')).toEqual({ ...good, name: 'none', mirror: false });
  });

  test.each<[string, unknown, string, RegExp]>([
    ['not an object', null, 'run', /must be a JSON object/],
    ['a list', [], 'run', /must be a JSON object/],
    ['a missing field', { ...good, rate: undefined }, 'rate', /undefined/],
    ['a field that is not there', { epochs: 3, optimizer: good.optimizer }, 'rate', /is missing/],
    ['a misspelt key', { ...good, epoch: 3 }, 'epoch', /is not a key; did you mean epochs\?$/],
    [
      'a prototype',
      JSON.parse(`{"__proto__": {}, ${JSON.stringify(good).slice(1)}`),
      '__proto__',
      /is not a key; there are epochs, rate/,
    ],
    ['a number in a string', { ...good, epochs: '3' }, 'epochs', /"3" must be a whole number from 1 to 100/],
    ['a fraction', { ...good, epochs: 1.5 }, 'epochs', /1.5 must be a whole number/],
    ['what is too large', { ...good, epochs: 101 }, 'epochs', /101 must be/],
    ['an open end', { ...good, rate: 0 }, 'rate', /0 must be above 0/],
    ['infinity', JSON.parse(`{"rate": 1e999, "epochs": 3}`), 'rate', /Infinity/],
    ['NaN', { ...good, rate: Number.NaN }, 'rate', /NaN/],
    ['a long text', { ...good, name: 'x'.repeat(1e6) }, 'name', /must be a text of at most 5 characters/],
    ['a flag as a number', { ...good, mirror: 1 }, 'mirror', /must be true or false/],
    [
      'a choice that is none',
      { ...good, optimizer: { ...good.optimizer, kind: 'lamb' } },
      'optimizer.kind',
      /'sgd' or 'adamw'/,
    ],
    [
      'a list that is too long',
      { ...good, optimizer: { kind: 'sgd', betas: [0, 0, 0] } },
      'optimizer.betas',
      /list of 2/,
    ],
    ['an entry of a list', { ...good, optimizer: { kind: 'sgd', betas: [0, 1] } }, 'optimizer.betas[1]', /\[0, 1\)/],
  ])('names the field of %s', (_, json, name, message) => {
    const error = thrown(json);
    expect(error.field).toBe(name);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(200);
  });

  test('tells people of its fields', () => {
    const epochs = field(whole(1, 100), { help: 'passes', unit: 'epochs', option: '--epochs <n>', default: 5 });
    expect(infoOf(epochs)).toEqual({ help: 'passes', unit: 'epochs', option: '--epochs <n>', default: 5 });
    expect(limitsOf(epochs)).toEqual({ whole: true, min: 1, max: 100 });
    expect(limitsOf(field(number({ above: 0 }), { help: 'rate' }))).toEqual({ whole: false, above: 0 });
    expect(choicesOf(field(oneOf(['a', 'b']), { help: 'which' }))).toEqual(['a', 'b']);
    expect([infoOf(flag), limitsOf(flag), choicesOf(flag)]).toEqual([undefined, undefined, undefined]);
  });
});
