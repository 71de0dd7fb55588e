import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRandom } from '../runtime/random.ts';
import { mapInOrder } from './map-in-order.ts';

async function* counted(count: number, given: () => void = () => undefined) {
  for (let i = 0; i < count; i++) {
    given();
    yield i;
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

test('results are in order, whatever takes how long, and no more than the limit are under way', async () => {
  const random = createRandom(Number(process.env.SEED ?? 1), 0);
  let [underWay, most, given] = [0, 0, 0];
  const work = async (i: number) => {
    most = Math.max(most, ++underWay);
    await turns(Math.floor(random.uniform() * 5));
    underWay--;
    return i * i;
  };
  const results: number[] = [];
  for await (const result of mapInOrder(
    counted(50, () => given++),
    3,
    work,
  )) {
    results.push(result);
    // Those that wait for their turn count too, and one more value may be asked for.
    expect(given - results.length).toBeLessThanOrEqual(4);
  }
  expect(results).toEqual(Array.from({ length: 50 }, (_, i) => i * i));
  expect(most).toBe(3);
});

test('a result does not wait for the next value', async () => {
  async function* slow() {
    yield 1;
    await new Promise(() => undefined);
  }
  const results = mapInOrder(slow(), 4, async (i) => 2 * i);
  expect(await results.next()).toEqual({ done: false, value: 2 });
});

test('an error comes in its turn, after the results before it', async () => {
  const seen: number[] = [];
  const collect = async (results: AsyncIterable<number>) => {
    for await (const result of results) seen.push(result);
  };
  const work = async (i: number) => {
    if (i === 2) throw new Error('the third');
    await turns(3 - i);
    return i;
  };
  await expect(collect(mapInOrder(counted(9), 4, work))).rejects.toThrow('the third');
  async function* broken() {
    yield* counted(2);
    throw new Error('no more');
  }
  await expect(collect(mapInOrder(broken(), 4, work))).rejects.toThrow('no more');
  expect(seen).toEqual([0, 1, 0, 1]);
});
