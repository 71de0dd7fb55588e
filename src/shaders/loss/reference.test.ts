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

// CrossEntropyLoss(weight=[0.5, 2, 1], label_smoothing=s) of PyTorch 1.13, float64: labels [0, 2], each mixed with the other's, 0.75
// and 0.25 of it their own. The mean is over the images, not over the weights.
it.each([
  [
    0,
    1.084152200160146,
    [-0.0031882301072460525, 0.04112551473341073, -0.037937284626164684],
    [-0.17527732085291017, 0.24549907330914872, -0.07022175245623853],
  ],
  [
    0.125,
    1.145352021844162,
    [0.029799711631135612, 0.003914112162863554, -0.03371382379399921],
    [-0.16093236394530877, 0.23042813958430647, -0.06949577563899773],
  ],
])('and with class weights, smoothed by %f', (smoothing, loss, ...theirs) => {
  const mixed = { partner: [1, 0], weight: [0.75, 0.25] };
  const logits = [1, -0.5, 0.25, -1, 2, 0.5];
  const size = { images: 2, classes: 3 };
  const { losses, dlogits } = mixedCrossEntropy(size, [0, 2], mixed, logits, smoothing, 1, [0.5, 2, 1]);
  expect(losses.reduce((a, b) => a + b, 0)).toBeCloseTo(loss, 14);
  for (const [i, gradient] of dlogits.entries()) expect(gradient).toBeCloseTo(theirs.flat()[i] ?? Number.NaN, 14);
});
