import { expect, test } from 'vitest';
import { NotFiniteError } from '../../runtime/errors.ts';
import { Flight } from './flight.ts';

const errorOf = (step: number) => new NotFiniteError({ kind: 'image', image: 0 }, { step, loss: Number.NaN });

/** A readback that arrives when told. */
function readback() {
  let arrive = () => {};
  const read = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return { read, arrive };
}

/** A step's end, as the trainer has it: its readback, its failure, and that it is done. */
async function failing(flight: Flight, step: number, read: Promise<void>): Promise<NotFiniteError> {
  const landing = flight.add();
  try {
    await read;
    return await landing.fail(step, async () => errorOf(step));
  } finally {
    landing.done();
  }
}

test('the first of the calls is the cause, in whatever order the readbacks arrive', async () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]) {
    const flight = new Flight();
    const reads = Array.from({ length: 3 }, readback);
    const failures = reads.map(({ read }, i) => failing(flight, 5 + i, read));
    for (const i of order) {
      reads[i]?.arrive();
      await new Promise((resolve) => setTimeout(resolve));
    }
    const errors = await Promise.all(failures);
    expect(errors.map((error) => error.step)).toEqual([5, 5, 5]);
    expect(flight.failedAt).toBe(5);
    expect(flight.isEmpty).toBe(true);
  }
});

test('one that is done without a failure holds up none behind it', async () => {
  const flight = new Flight();
  const lost = flight.add();
  const later = failing(flight, 1, Promise.resolve());
  lost.done();
  expect((await later).step).toBe(1);
});
