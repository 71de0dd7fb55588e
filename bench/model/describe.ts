// `node bench/compilers/run.mjs describe MODEL`: a plan's passes as JSON, which model.mjs predicts times of.
import { variantName } from '../../src/runtime/specialize.ts';
import { planOf } from '../compilers/check.ts';

export async function main(args: readonly string[]): Promise<string> {
  const { config, choice, program } = planOf(args);
  const passes = program.passes.map(({ kernel, parameters, promoted, packedF16, label, section, grid, cost }) => ({
    kernel: kernel.id,
    variant: variantName(kernel, parameters, promoted, packedF16),
    label,
    section,
    workgroups: grid[0] * grid[1] * grid[2],
    ...cost,
  }));
  return JSON.stringify({ config, ...choice, passes });
}
