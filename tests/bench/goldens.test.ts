// The goldens that a GPU is held against before it is timed run the very kernel variants that are timed, as far as one image
// goes: larger batches have other tiles, which bench/agreement.ts is for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planOf, type Shape } from '../../bench/plans.ts';
import { GOLDENS, kindOf } from '../../bench/sections/throughput/validation.ts';
import { packageRoot } from '../../cli/host/package-root.ts';
import { readGolden } from '../../src/densenet/golden/golden.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import {
  compileInference,
  compileTraining,
  DEFAULT_LIMITS,
  describePlan,
  type PassDescription,
} from '../../src/densenet/plan/plan.ts';

const nameOf = ({ kernel, variant }: PassDescription) => `${kernel} ${variant}`;

/** Kernel variants that a kind's goldens run, as golden/run.ts runs them. */
function goldenVariants(files: readonly string[]): Set<string> {
  const passes = files.flatMap((file) => {
    const golden = readGolden(readFileSync(join(packageRoot, 'tests/golden', file)), file);
    const network = buildNetwork(golden.config);
    const { batch, loss, optimizer } = golden.training;
    const options = { loss, optimizer: optimizer.kind, inputGradient: true };
    return [
      ...describePlan(compileInference(network, batch, DEFAULT_LIMITS)).passes,
      ...describePlan(compileTraining(network, batch, options, DEFAULT_LIMITS)).passes,
    ];
  });
  return new Set(passes.map(nameOf));
}

const shape = (model: Shape['model'], mode: Shape['mode']): Shape => ({
  model,
  mode,
  recompute: false,
  precision: 'f32',
});

describe.each([
  shape('densenet121', 'inference'),
  shape('densenet121', 'training'),
  shape('bc-100-12', 'inference'),
  shape('bc-100-12', 'training'),
  shape('plain-40-12', 'inference'),
  shape('plain-40-12', 'training'),
])('$model, $mode, one image', (of) => {
  it('spends its arithmetic in kernels that goldens ran', () => {
    const known = goldenVariants(GOLDENS[kindOf(of)]);
    const { passes, flops } = describePlan(planOf(of, 1, DEFAULT_LIMITS));
    const held = passes.filter((pass) => known.has(nameOf(pass))).reduce((sum, pass) => sum + pass.flops, 0);
    expect(held / flops).toBeGreaterThan(0.75);
  });
});
