// Averaged weights, parameters frozen by name, and the learning-rate finder: what they change, and what stays bit for bit.
import { expect, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';

test('averages, frozen parameters and a sweep', onlyOn('node', 'deno'), async ({ session }) => {
  const report = await session.run('recipes');
  expect(report.averageError).toBeLessThanOrEqual(1);
  for (const [what, differ] of Object.entries(report.differ)) expect(differ, what).toEqual([]);
  expect(report.refused).toEqual(['step', 'state', 'gradients']);
  const isFrozen = (name: string) => /^features\.(denseblock1\.|norm0\.weight$)/.test(name);
  expect(report.trained.filter(isFrozen)).toEqual([]);
  expect(report.trained).toContain('features.norm0.bias');
  expect(report.trained).toContain('classifier.weight');
  // As with PyTorch's requires_grad = False: statistics move on.
  expect(report.moved).toContain('features.denseblock1.denselayer1.norm1.running_mean');
  expect(report.frozenState).toBe(0);
  expect(report.frozenGradients).toEqual([]);
  expect(['diverged', 'not-finite']).toContain(report.sweep.ended);
  expect(report.sweep.points).toBeLessThan(25);
  expect(report.sweep.valley).toBeGreaterThan(1e-4);
});
