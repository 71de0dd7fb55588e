import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/runtime/random.ts';
import { BYTE_MUTATIONS, type Mutation, TEXT_MUTATIONS, type TextMutation } from './mutations.ts';
import { bytesOf, runCase } from './run-case.ts';
import { TARGETS } from './targets.ts';

const CASES = 150;

describe('every reader gives a value or a typed error, whatever it is given', () => {
  it.each(Object.entries(TARGETS))('%s', { timeout: 120_000 }, async (name, target) => {
    const [good = new Uint8Array()] = target.seeds();
    await target.read(good);
    const broken: string[] = [];
    const kinds = { value: 0, refused: 0, broken: 0 };
    for (let number = 0; number < CASES; number++) {
      const outcome = await runCase(target, { target: name, seed: 1, number });
      kinds[outcome.kind]++;
      if (outcome.kind === 'broken')
        broken.push(`npm run fuzz -- --target "${name}" --seed 1 --case ${number}: ${outcome.how}`);
    }
    expect(broken.join('\n')).toBe('');
    expect(kinds.value + kinds.refused).toBe(CASES);
  });
});

it('the same seed makes the same bytes', () => {
  const [target] = Object.values(TARGETS);
  if (!target) throw new Error('there is no target');
  const at = { seed: 5, number: 17 };
  expect(bytesOf(target, at)).toEqual(bytesOf(target, at));
  expect(bytesOf(target, at)).not.toEqual(bytesOf(target, { seed: 6, number: 17 }));
});

it('every kind of mutation changes something', () => {
  const text = '{"denselayer1.norm1.weight":{"shape":[1,2],"x":"y"},"b":{"c":"d"}}';
  const bytes = new TextEncoder().encode(text);
  const random = createRandom(3);
  const changes = (change: () => unknown, from: unknown) =>
    Array.from({ length: 50 }, change).some((to) => String(to) !== String(from));
  for (const [name, mutation] of Object.entries<Mutation>(BYTE_MUTATIONS)) {
    expect(
      changes(() => mutation(bytes, random), bytes),
      name,
    ).toBe(true);
  }
  for (const [name, mutation] of Object.entries<TextMutation>(TEXT_MUTATIONS)) {
    expect(
      changes(() => mutation(text, random), text),
      name,
    ).toBe(true);
  }
});
