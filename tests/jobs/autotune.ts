// The autotuner on a tiny network: what it finds, whether plans with it compute the same, and what it does with a wrong
// tile. Its clock counts calls, so that the outcome is the same everywhere.

import { autotune } from '../../src/densenet/autotune/autotune.ts';
import {
  type AutotuneCache,
  emptyAutotuneRecord,
  indexedDbAutotuneCache,
  tileConfigOf,
} from '../../src/densenet/autotune/cache.ts';
import type { PassTimer } from '../../src/densenet/autotune/measure.ts';
import { autotunePasses } from '../../src/densenet/autotune/search.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import { type TileConfig, vendorTiles } from '../../src/densenet/plan/tile-config.ts';
import { recordTraining } from '../../src/densenet/plan/training.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob, jobRegistry } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import type { AnyKernel, ShaderKind } from '../../src/runtime/kernel.ts';
import type { RecordedPass } from '../../src/runtime/program.ts';
import { catalogue } from '../../src/shaders/catalogue.ts';
import { product } from '../../src/shaders/conv1x1/product.ts';
import { changedPart } from './changed-part.ts';
import { distance } from './distance.ts';
import { sharedGpu } from './shared-gpu.ts';
import { floatBatch, OPTIONS, SMALL } from './small-network.ts';

const CONFIG = { ...SMALL, dropout: 0 };
const { normalisation: _n, augment: _a, ...FLOATS } = OPTIONS;

/** Candidates after the first take less and less time: the last sound one of each list is the fastest. */
const countingTimer = (): PassTimer => ({
  clock: 'wall clock',
  least: 1,
  time: async (_run, index, repeats) => repeats * (10 - index),
  destroy: () => undefined,
});

export type TuneSmallReport = {
  readonly classes: number;
  readonly autotuned: number;
  readonly problems: readonly string[];
};

export type SubgroupTuningReport = {
  /** Whether the device has subgroup operations. */
  readonly inUse: boolean;
  readonly classes: number;
  readonly problems: readonly string[];
  /** The texts that a plan's tuned passes run, and all others. */
  readonly tuned: readonly ShaderKind[];
  readonly others: readonly ShaderKind[];
};

export type OtherTilesReport = {
  /** Passes whose parameters differ from the defaults'. */
  readonly changed: number;
  /** Relative L2 differences under other tiles, of the logits and of every gradient. */
  readonly logits: number;
  readonly gradients: Readonly<Record<string, number>>;
};

/** The defaults of most GPUs, whatever this one is. */
const USUAL = vendorTiles('unknown');

/** Takes the last tile of each list, and twice as many splits. */
const LAST: TileConfig = {
  ...USUAL,
  of: (kernel, size) => {
    const tile = catalogue.get(kernel)?.tileCandidates(size).at(-1);
    return tile && { tile: tile.name, splitK: 2 };
  },
};

const CLASSES = 3;

export const autotuneSmall = jobRegistry(
  /** Tunes a few classes by the counting clock; head `precision`. */
  defineJob(
    'autotune-small',
    async ({ precision }: { precision: Precision }, { gpu, now }): Promise<TuneSmallReport> => {
      const device = await Device.open(gpu, { now });
      try {
        const passes = trainingPasses(precision);
        let begun = 0;
        const signal = {
          get aborted() {
            return begun >= CLASSES;
          },
        };
        const onProgress = () => {
          begun++;
        };
        const options = { timer: countingTimer(), budget: 1e9, signal, onProgress };
        const { classes, autotuned } = await autotunePasses(device, passes, options);
        const problems = autotuned.flatMap(({ points }) =>
          points.flatMap(({ candidates }) => candidates.flatMap(({ problem }) => problem ?? [])),
        );
        return { classes, autotuned: autotuned.length, problems };
      } finally {
        device.destroy();
      }
    },
  ) /** Gradients under other tiles against gradients under the defaults. */,
  defineJob('other-tiles', async (_request, { gpu, now }) => {
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    try {
      const model = await DenseNet.create(device, CONFIG, { seed: 3 });
      const [usual, other] = [await gradients(model, USUAL), await gradients(model, LAST)];
      const differences = [...usual.gradients].map(([name, { values }]): [string, number] => [
        name,
        distance(values, other.gradients.get(name)?.values ?? []),
      ]);
      const report: OtherTilesReport = {
        changed: usual.variants.filter((variant, i) => variant !== other.variants[i]).length,
        logits: distance(usual.logits, other.logits),
        gradients: Object.fromEntries(differences),
      };
      return report;
    } finally {
      device.destroy();
    }
  }),
  /** A kernel with one tile more, whose sign is flipped, in that tile or in the default. Answers with the candidates. */
  defineJob(
    'autotune-broken',
    async ({ wrong, precision }: { wrong: 'tile' | 'default'; precision: Precision }, { gpu, now }) => {
      const device = await Device.open(gpu, { now });
      try {
        const pass = trainingPasses(precision).find(({ kernel }) => kernel.id === 'conv1x1/forward');
        if (!pass) throw new Error('the plan has no 1x1 convolution');
        const broken = { ...pass, kernel: withFlippedTile(pass.kernel, wrong) };
        const parameters = { ...pass.parameters, SIGN: wrong === 'default' ? -1 : 1 };
        const passes: RecordedPass[] = [{ ...broken, parameters }];
        const { autotuned } = await autotunePasses(device, passes, { timer: countingTimer(), budget: 1e9 });
        return autotuned.flatMap(({ points }) => points.flatMap(({ candidates }) => candidates));
      } finally {
        device.destroy();
      }
    },
  ),
  /**
   * Reductions with and without subgroup operations, by a clock on which the candidates after the first take less time, or more.
   * Answers with what plans run then.
   */
  defineJob(
    'autotune-subgroups',
    async ({ faster }: { faster: boolean }, { gpu, now }): Promise<SubgroupTuningReport> => {
      const device = await Device.open(sharedGpu(gpu), { now, subgroups: true });
      try {
        const passes = trainingPasses('f32').filter(({ kernel }) => kernel.id.startsWith('statistics/finalize'));
        const timer = { ...countingTimer(), time: async (_run: unknown, i: number) => (faster ? 10 - i : 10 + i) };
        const { autotuned } = await autotunePasses(device, passes, { timer, budget: 1e9 });
        const record = { ...emptyAutotuneRecord('key'), classes: autotuned };
        const plan = trainingPasses('f32', tileConfigOf(record));
        const shaders = (wanted: (pass: RecordedPass) => boolean) => [
          ...new Set(plan.filter(wanted).map(({ shader }) => shader)),
        ];
        const isTuned = ({ kernel }: RecordedPass) => kernel.id.startsWith('statistics/finalize');
        return {
          inUse: device.subgroups.inUse,
          classes: autotuned.length,
          problems: autotuned.flatMap(({ points }) =>
            points.flatMap(({ candidates }) => candidates.flatMap(({ problem }) => problem ?? [])),
          ),
          tuned: shaders(isTuned),
          others: shaders((pass) => !isTuned(pass)),
        };
      } finally {
        device.destroy();
      }
    },
  ),
  /** In a page: full, then cached from IndexedDB; then from a damaged entry. Elsewhere: from a map. */
  defineJob('autotune-kept', async (_request, { gpu, now }) => {
    const device = await Device.open(gpu, { now });
    const browser = typeof indexedDB !== 'undefined';
    const cache = browser ? indexedDbAutotuneCache(indexedDB) : mapStore();
    try {
      const network = buildNetwork(CONFIG);
      const workloads = [{ plan: 'inference', batch: 2 }] as const;
      const target = { device, network };
      // A millisecond: one class, as fast as a software GPU can.
      const first = await autotune(target, { mode: 'full', workloads, cache, budget: 1 });
      const again = await autotune(target, { mode: 'cached', workloads, cache });
      await cache.write(first.autotuneRecord.key, '{"version":1');
      const damaged = await autotune(target, { mode: 'cached', workloads, cache });
      const off = await autotune(target, { mode: 'off', workloads, cache });
      return {
        browser,
        first: { source: first.source, measured: first.measured, notes: first.notes },
        again: {
          source: again.source,
          same: JSON.stringify(again.autotuneRecord) === JSON.stringify(first.autotuneRecord),
        },
        damaged: { source: damaged.source, notes: damaged.notes },
        off: off.source,
      };
    } finally {
      device.destroy();
    }
  }),
);

const trainingPasses = (precision: Precision, tileConfig?: TileConfig): readonly RecordedPass[] => {
  const options = { loss: 'cross-entropy', optimizer: 'sgd', precision, tileConfig } as const;
  return recordTraining(buildNetwork(CONFIG), OPTIONS.batch, options).plan.program.passes;
};

async function gradients(model: DenseNet, tileConfig: TileConfig) {
  const trainer = await Trainer.create(model, { ...FLOATS, tileConfig });
  try {
    const variants = trainer.plan.builder.program.passes.map(({ parameters }) => JSON.stringify(parameters));
    return { ...(await trainer.gradients(floatBatch(5))), variants };
  } finally {
    trainer.destroy();
  }
}

/** Every sum is multiplied by SIGN at each step; its last tile has the wrong one. */
function withFlippedTile(kernel: AnyKernel, wrong: 'tile' | 'default'): AnyKernel {
  const parts = kernel.parts.map((part) =>
    part.name === product.name ? changedPart(part, (text) => text.replace('fma(', 'SIGN * fma(')) : part,
  );
  return {
    ...kernel,
    source: `const SIGN: f32 = 1.0;\n${kernel.source}`,
    parts,
    parameters: { ...kernel.parameters, SIGN: 1 },
    tileCandidates: (size) => {
      const [first, ...others] = kernel.tileCandidates(size);
      if (!first) return [];
      const flipped = { ...first, name: 'flipped', parameters: { ...first.parameters, SIGN: -1 } };
      const sign = wrong === 'default' ? -1 : 1;
      return [first, ...others, flipped].map((tile) =>
        tile === flipped ? tile : { ...tile, parameters: { ...tile.parameters, SIGN: sign } },
      );
    },
  };
}

function mapStore(): AutotuneCache {
  const texts = new Map<string, string>();
  return {
    read: async (key) => texts.get(key),
    write: async (key, text) => {
      texts.set(key, text);
    },
  };
}
