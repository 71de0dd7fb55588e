import { forwardCheck } from '../../../../src/shaders/conv1x1/checks.ts';
import type { Conv1x1Size } from '../../../../src/shaders/conv1x1/product.ts';
import { defineSuite, type KernelSuite } from '../kernel-suite.ts';
import { dropped, product, tiles } from './products.ts';

type Suite = KernelSuite<Conv1x1Size>;

const training = { HAS_PROLOGUE: true, HAS_STATISTICS: true, HAS_BIAS: false };
const inference = { HAS_PROLOGUE: true, HAS_STATISTICS: false, HAS_BIAS: true };

/** Cases that differ in sizes and parameters alone. */
const suite = (cases: Pick<Suite, 'sizes' | 'random' | 'variants' | 'packedF16' | 'nonFinite'>) =>
  defineSuite({ ...forwardCheck, ...cases });

export default [
  suite({
    sizes: {
      'one channel, one pixel': product(1, 1, 1),
      'one more than a tile each way': product(9, 129, 129),
      'one less than a tile each way': product(7, 127, 63),
      'k one more than a step': product(17, 65, 65),
      'densenet121 7x7': product(1024, 128, 49),
      'densenet161 bottleneck': product(96, 192, 196),
      'bc k=12 bottleneck': product(156, 48, 8 * 8 * 9),
    },
    nonFinite: { size: 'k one more than a step' },
    random: { count: 4, size: (r) => product(r.integer(1, 70), r.integer(1, 140), r.integer(1, 400)) },
    variants: {
      training,
      inference,
      'transition training': { HAS_PROLOGUE: false, HAS_STATISTICS: true, HAS_BIAS: false },
      'transition inference': { HAS_PROLOGUE: false, HAS_STATISTICS: false, HAS_BIAS: false },
    },
  }),
  suite({
    packedF16: false,
    sizes: {
      dropout: dropped(product(9, 33, 150), 7, 0.2),
      'dropout of one row': dropped(product(17, 1, 61), 3, 0.5),
    },
    random: { count: 2, size: (r) => dropped(product(r.integer(1, 40), r.integer(1, 140), r.integer(1, 200)), 5, 0.4) },
    variants: { training, 'transition training': { HAS_PROLOGUE: false, HAS_STATISTICS: true, HAS_BIAS: false } },
  }),
  suite({
    packedF16: false,
    sizes: {
      'less than a run': product(20, 33, 70),
      'a whole run': product(32, 33, 70),
      'two runs and one more': product(65, 33, 70),
      'densenet121 7x7': product(1024, 128, 49),
    },
    random: { count: 2, size: (r) => product(r.integer(1, 500), r.integer(1, 140), r.integer(1, 100)) },
    variants: tiles({ 'in blocks': { ...training, BLOCKED_SUM: true } }),
  }),
  suite({
    packedF16: false,
    sizes: { 'whole steps': product(32, 128, 128), 'one more than any tile': product(33, 129, 129) },
    variants: tiles({ training }),
  }),
];
