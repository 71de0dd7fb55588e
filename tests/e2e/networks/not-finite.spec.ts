import { expect, oneOfEach, seed, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

const SAME = 'same steps, same bits';

// The kernels' own cases hold NaN and infinities on every host.
const hosts = onlyOn('node', ...oneOfEach('not finite', 'naga'));

test('what is not finite is named and changes nothing', hosts, async ({ session }) => {
  const report = await session.run('not-finite');
  expect(report.together).toEqual(Array.from({ length: 3 }, () => 'step 2: image 2'));
  expect(report.stateUnderWay).toBe(SAME);
  expect(report.stateAfter).toBe(SAME);
  expect(report.stepCount).toBe(2);
  expect(report.goesOn).toBe(SAME);
  // The second micro-batch's second image of four.
  expect(report.microBatch).toBe('step 2: image 5');
  expect(report.largeRate).toBe(`step 2: update features.conv0.weight; ${SAME}`);
  expect(report.largeImage).toMatch(/^step 2: (overflow \d|running features\.norm0\.running_(mean|var))$/);
  expect(report.gradientsLoss).toBe('NaN');
  expect(report.changed).toBe(SAME);
  const weight = 'features.denseblock1.denselayer2.norm1.weight';
  expect(report.loadedWeights).toBe(
    `StateError: ${weight}: holds values that are not finite: NaN at 1; step 2: parameter ${weight}`,
  );
  expect(report.fineTuning).toEqual(['nothing', 'step 1: image 2', SAME, 'nothing']);
  expect(report.logits).toEqual([
    `images 0 1 2 3: parameter ${weight}`,
    'images 1: image 1',
    '12 kept, [{"image":1,"found":{"kind":"image","image":1}}]',
    'images 0: image 0',
  ]);
});

test('one value of any tensor is found, by its name, and nothing is updated', hosts, async ({ session }) => {
  const { places, problems } = await session.run('not-finite-places', seed());
  expect(places).toBeGreaterThan(100);
  expect(problems).toEqual({});
});
