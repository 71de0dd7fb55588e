// A device that refuses large workgroups is given none, by whatever part of a plan records them.

import { expect, it } from 'vitest';
import { threadsOf } from '../../runtime/pipelines.ts';
import type { Program } from '../../runtime/program.ts';
import { specialize, variantName } from '../../runtime/specialize.ts';
import { DEFAULT_TARGET } from '../../runtime/tile-target.ts';
import { augmenter } from '../augment/augmenter.ts';
import { buildNetwork } from '../network.ts';
import { preset } from '../presets.ts';
import { recordInference } from './inference.ts';
import { DEFAULT_TILES } from './tile-config.ts';
import { recordTraining } from './training.ts';

/** Each text once. */
function mostThreads({ passes }: Program): number {
  const variants = new Map(
    passes.map((pass) => [`${pass.kernel.id} ${variantName(pass.kernel, pass.parameters, pass.promoted)}`, pass]),
  );
  const counts = [...variants].map(([name, { kernel, parameters, promoted, packedF16 }]) => {
    const threads = threadsOf(specialize(kernel, parameters, promoted, packedF16).text) ?? 0;
    expect(threads, name).toBeGreaterThan(0);
    return threads;
  });
  return Math.max(...counts);
}

it.each([256, 128, 64])('no pass has more than %i threads', (threads) => {
  const tileConfig = { ...DEFAULT_TILES, target: { ...DEFAULT_TARGET, threads } };
  const network = buildNetwork(preset('densenet121'));
  const programs = [
    recordTraining(network, 2, {
      tileConfig,
      loss: 'cross-entropy',
      optimizer: 'adamw',
      input: 'bytes',
      augmenter: augmenter({ preset: 'strong', source: { height: 256, width: 256 } }),
      average: true,
    }),
    recordTraining(network, 2, { tileConfig, loss: 'cross-entropy', optimizer: 'sgd', precision: 'f16-storage' }),
    recordInference(network, 2, { tileConfig }),
  ].map(({ plan }) => plan.program);
  for (const program of programs) expect(mostThreads(program)).toBeLessThanOrEqual(threads);
});
