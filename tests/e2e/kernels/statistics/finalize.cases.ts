import { type Random, vector } from '../../../../src/shaders/random-inputs.ts';
import { finalizeReference } from '../../../../src/shaders/statistics/checks.ts';
import type { FinalizeSize } from '../../../../src/shaders/statistics/finalize.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean } from '../verdicts.ts';

const TILE = 64;

/** `first` of `channels` known; rows of `count` values in tiles of 64, so that the last may be short or empty. */
const size = (channels: number, first: number, tiles: number, count: number, epsilon = 1e-5): FinalizeSize => ({
  channels,
  first,
  tiles,
  count,
  varianceOffset: Math.ceil(channels / 64) * 64,
  runningOffset: 192,
  epsilon,
});

/** [rows][tiles] of count, mean, M2: every channel at its own distance from 0, up to 1000 deviations. */
function partials(s: FinalizeSize, random: Random): Float32Array {
  const data = new Float32Array((s.channels - s.first) * s.tiles * 4);
  for (let row = 0; row < s.channels - s.first; row++) {
    const centre = random.pick([0, 1, -30, 1000]);
    for (let t = 0; t < s.tiles; t++) {
      const count = Math.max(0, Math.min(TILE, s.count - t * TILE));
      const m2 = count > 1 ? (count * random.integer(1, 256)) / 64 : 0;
      data.set([count, count > 0 ? centre + random.value() : 0, m2, Number.NaN], (row * s.tiles + t) * 4);
    }
  }
  return data;
}

/** [channels] of mean and variance; NaN where the partials decide. */
function known(s: FinalizeSize, random: Random): Float32Array {
  const data = new Float32Array(2 * s.channels).fill(Number.NaN);
  for (let c = 0; c < s.first; c++) data.set([random.value(), random.integer(0, 256) / 32], 2 * c);
  return data;
}

export default defineSuite({
  ...finalizeReference,
  sizes: {
    'one value': size(1, 0, 1, 1),
    'the first norm of a block of 56x56 maps': size(64, 0, 49, 3136),
    'k = 32 new channels of 256': size(256, 224, 49, 3136),
    'a norm of its own on 7x7 maps': size(128, 0, 1, 49),
    'no new channel': size(130, 130, 1, 196),
    'odd channels, short last tile': size(67, 50, 7, 6 * TILE + 5),
    'empty tiles at the end': size(20, 3, 20, 10 * TILE + 1),
    'more tiles than lanes': size(5, 2, 200, 200 * TILE),
    'four loads of each lane, and one more': size(4, 1, 1025, 1025 * TILE),
    "an epsilon that is not PyTorch's": size(7, 3, 2, 2 * TILE, 0.05),
    'a batch of 32 56x56 maps, many known': size(300, 299, 1568, 100352),
  },
  variants: { 'running statistics': {}, 'a second time': { UPDATES_RUNNING: false } },
  random: {
    count: 2,
    size: (r) => {
      const channels = r.integer(1, 150);
      const tiles = r.integer(1, 100);
      return size(channels, r.integer(0, channels), tiles, (tiles - 1) * TILE + r.integer(1, TILE));
    },
  },
  nonFinite: {
    size: 'odd channels, short last tile',
    // Deviations from an infinite mean are no numbers.
    with: (binding, data, i) => {
      if (binding === 'partials' && i % 4 === 1) data[i + 1] = Number.NaN;
    },
    // Counts are whole numbers; sums of squares and variances are not negative.
    allows: (binding, i, value) => {
      if (binding === 'partials') return i % 4 === 1 || (i % 4 === 2 && !(value < 0));
      return binding !== 'statistics' || i % 2 === 0 || !(value < 0);
    },
  },
  inputs: (s, random, { UPDATES_RUNNING }) => ({
    partials: partials(s, random),
    statistics: known(s, random),
    gamma: vector(random, s.channels),
    beta: vector(random, s.channels),
    running: vector(random, s.varianceOffset + s.channels),
    ...(UPDATES_RUNNING && { verdict: clean() }),
  }),
});
