// What the engine promises beside right numbers: nothing is allocated in a step, the same seed gives the same bits,
// engines do not disturb each other, and a lost device is an error that one can go on from.
import { PORTABLE_PRECISIONS } from '../../../src/densenet/plan/feature-map.ts';
import type { Calls } from '../../jobs/allocations.ts';
import type { RepeatableInput } from '../../jobs/repeatable.ts';
import { BATCH } from '../../jobs/small-network.ts';
import { expect, seed, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const RUNS = 10;
/** Two steps, one of them of two micro-batches, logits and an explanation. */
const RUNS_OF_SUBMITS = 5;
const made = (calls: Calls) => Object.entries(calls).filter(([name]) => /^create(?!CommandEncoder$)/.test(name));

test('ten steps and ten predictions allocate nothing, and move nothing but results', async ({ session }) => {
  const { creating, training, saving, predicting } = await session.run('allocations');
  // The counting itself: before the first step everything is made.
  for (const name of ['createBuffer', 'createBindGroup', 'createShaderModule', 'createComputePipelineAsync'])
    expect(creating[name], name).toBeGreaterThan(0);
  for (const [calls, what] of [
    [training, 'training'],
    [predicting, 'predicting'],
  ] as const) {
    expect(made(calls), what).toEqual([]);
    expect(calls, what).toMatchObject({ createCommandEncoder: RUNS, submit: RUNS, beginComputePass: RUNS });
    const copies = Object.entries(calls).filter(([name]) => name.startsWith('copy'));
    expect(copies, `${what}: the loss or the logits, for reading`).toEqual([['copyBufferToBuffer', RUNS]]);
  }
  // A run's state: parameters, running statistics and one moment.
  expect(made(saving), 'saving').toEqual([]);
  expect(saving).toMatchObject({ submit: RUNS, copyBufferToBuffer: 3 * RUNS });
});

test('one submit, one per pass or cut anywhere: the same passes and bits', onlyOn('node'), async ({ session }) => {
  const { calls, differ } = await session.run('submits', seed());
  expect(differ).toEqual([]);
  const [whole, each] = calls;
  const passes = whole?.dispatchWorkgroups ?? 0;
  expect(passes).toBeGreaterThan(200);
  for (const { dispatchWorkgroups } of calls) expect(dispatchWorkgroups).toBe(passes);
  // Beside them, copies of an explanation's results.
  expect((each?.submit ?? 0) - (whole?.submit ?? 0)).toBe(passes - RUNS_OF_SUBMITS);
});

for (const precision of PORTABLE_PRECISIONS) {
  const hosts = precision === 'f32' ? {} : onlyOn('node');
  test(`the same seed gives the same bits, beside other engines too, ${precision}`, hosts, async ({ session }) => {
    const input: RepeatableInput = { precision };
    const { otherSeed, tensors, subgroups, ...same } = await session.run('repeatable', input);
    expect(same).toEqual({ again: [], besideAnother: [], onSecondDevice: [], withSubgroups: [] });
    expect(subgroups.inUse).toBe(session.adapter.features.includes('subgroups'));
    expect(otherSeed.length, 'tensors that another seed changes').toBeGreaterThan(tensors / 2);
  });
}

test('a device lost in any phase is a typed error for all, and a new one goes on', async ({ session, host }) => {
  // What is under way computes something on one host: what promises come to does not depend on it.
  const { told, phases, differ } = await session.run('device-loss', { isIdle: host !== 'node' });
  const { opening, ...others } = phases;
  expect(Object.keys(others)).toHaveLength(10);
  // What the GPU had done before the loss may have been answered.
  for (const [phase, found] of Object.entries(others))
    expect(
      found.filter((ended) => ended !== 'done'),
      phase,
    ).toEqual(['DeviceLostError']);
  expect(opening).toEqual(['NoGpuError']);
  expect(differ).toEqual([]);
  expect(new Set(told)).toEqual(new Set(['DeviceLostError']));
});

test('calls that cannot be are refused by name, and change nothing', async ({ session }) => {
  const { refused, problems } = await session.run('misuse');
  expect(problems).toEqual([]);
  expect(refused).toBeGreaterThan(80);
});

test('arrays are read at the call, and what is destroyed says so', async ({ session }) => {
  const { unawaited, cleared, disposed, told, othersGoOn } = await session.run('lifecycle');
  expect({ unawaited, cleared, told, othersGoOn }).toEqual({ unawaited: [], cleared: [], told: [], othersGoOn: true });
  const { 'a buffer that is gone': refused, ...named } = disposed;
  expect(refused).toBe('GpuError');
  const ofTrainer = ['a destroyed trainer', 'a step under way', 'a state under way'];
  const ofInference = ['a destroyed inference', 'logits under way'];
  for (const [what, found] of Object.entries(named)) {
    const isUnderWay = what.includes('under way');
    const object = ofTrainer.includes(what)
      ? 'Trainer'
      : ofInference.includes(what)
        ? 'Inference'
        : what === 'destroyed explanations'
          ? 'Explanations'
          : what.includes('device')
            ? 'Device'
            : 'DenseNet';
    // What the GPU has done already may be given still.
    expect(isUnderWay ? [object, 'done'] : [object], what).toContain(found);
  }
});

test('micro-batches add up to the mean of their gradients', onlyOn('node'), async ({ session }) => {
  const { ofMean, ofSame, ofLoss } = await session.run('micro-batches');
  // Three float32 roundings of each sum, and one of the parameter that it moves.
  expect(ofMean).toBeLessThan(2e-6);
  expect(ofSame).toBeLessThan(2e-6);
  expect(ofLoss).toBeLessThan(1e-6);
});

test('a smaller last batch takes the steps of a trainer of its size', onlyOn('node', 'deno'), async ({ session }) => {
  const { differ, losses, ofMean, nonFinite, memory } = await session.run('last-batch');
  expect({ differ, losses }).toEqual({ differ: [], losses: [] });
  // As of micro-batches of one size.
  expect(ofMean).toBeLessThan(2e-6);
  expect(nonFinite).toEqual([
    { refused: true, unchanged: true, image: 1 },
    { refused: true, unchanged: true, image: 1 },
    { refused: true, unchanged: true, image: BATCH + 1 },
  ]);
  // Its activations lie in the larger plan; copies of weights, which a tiny network has most of, do not.
  expect(memory).toBeLessThan(1.5);
});

test('under dropout the loss rises along each gradient as it says', onlyOn('node', 'deno'), async ({ session }) => {
  const { rises, losses } = await session.run('dropout');
  expect(Object.keys(rises).length).toBeGreaterThan(25);
  const off = Object.entries(rises).filter(([, rise]) => !(Math.abs(rise - 1) < 0.05));
  expect(off, 'tensors whose gradient is off by 5% or more').toEqual([]);
  expect(losses[0], 'another seed, another mask').not.toBe(losses[1]);
});

test('the mean of a class activation map is its logit', onlyOn('node'), async ({ session }) => {
  const { errors, spread, rolledError } = await session.run('class-activation');
  expect(errors.length).toBe(4);
  for (const error of errors) expect(error).toBeLessThan(2e-6);
  expect(spread, 'maps that differ from place to place').toBeGreaterThan(0.1);
  expect(rolledError, 'shaders that are not unrolled').toBeLessThan(1e-6);
});

test("every block's features can be read after a run that keeps them", async ({ session }) => {
  const { errors } = await session.run('block-features');
  for (const precision of PORTABLE_PRECISIONS) expect(errors[precision].length).toBe(2);
  for (const error of errors.f32) expect(error).toBeLessThan(1e-6);
  // A rounding to f16 for each of at most eleven convolutions on the way.
  for (const error of errors['f16-storage']) expect(error).toBeLessThan(Math.sqrt(11) * 2 ** -11);
});
