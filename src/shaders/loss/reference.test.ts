// The float64 reference of the mixed loss against PyTorch 1.13's own: cross_entropy with probabilities as targets, float64,
// label_smoothing=0.1, of labels [3, 1, 0] that are mixed with those rolled by one, weight 0.375.
import { expect, it } from 'vitest';
import { mixedCrossEntropy } from './reference.ts';

it('the loss of mixed labels is that of PyTorch with soft targets', () => {
  const logits = [1.5, -0.5, 0.25, 2, 0, 3, -1, 0.5, -2, 0.75, 0.75, 1];
  const mixed = { partner: [2, 0, 1], weight: [0.375, 0.375, 0.375] };
  const { losses, dlogits, correct } = mixedCrossEntropy({ images: 3, classes: 4 }, [3, 1, 0], mixed, logits, 0.1, 1);
  expect(losses.reduce((a, b) => a + b, 0)).toBeCloseTo(1.6681699147227491, 12);
  const theirs = [
    -0.087275550162, 0.006358365, 0.022768992282, 0.058148192881, 0.006095345891, 0.16897443598, -0.003025318883,
    -0.172044462988, -0.114468463426, -0.096270016386, 0.091229983614, 0.119508496197,
  ];
  for (const [i, gradient] of dlogits.entries()) expect(gradient).toBeCloseTo(theirs[i] ?? Number.NaN, 11);
  // The heavier labels are the partners': 0, 3 and 1.
  expect(Array.from(correct)).toEqual([0, 0, 0]);
});
