// The distinct WGSL texts of a plan, with their share of its arithmetic.
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import { recordPlan } from '../../src/jobs/compile.ts';
import type { Vendor } from '../../src/runtime/adapter.ts';
import type { Program } from '../../src/runtime/program.ts';
import { specialize } from '../../src/runtime/specialize.ts';
import { planRequestOf, type Shape } from '../plans.ts';

export interface PlanChoice {
  readonly mode: 'training' | 'inference';
  readonly batch: number;
  readonly precision: Precision;
  /** Whose tiles. */
  readonly vendor: Vendor;
}

/** The plan with a vendor's tiles, without a GPU. */
export const programOf = (model: Shape['model'], { batch, vendor, ...shape }: PlanChoice): Program =>
  recordPlan({ ...planRequestOf({ model, ...shape }, batch), vendor }).builder.program;

export interface PlanText {
  /** `kernel-id variant`. */
  readonly name: string;
  readonly text: string;
  readonly flops: number;
}

/** Those with arithmetic, most of it first. */
export function textsOf({ passes }: Program): PlanText[] {
  const found = new Map<string, PlanText>();
  for (const { kernel, parameters, promoted, packedF16, cost } of passes) {
    const { text, variant } = specialize(kernel, parameters, promoted, packedF16);
    const flops = (found.get(text)?.flops ?? 0) + cost.flops;
    found.set(text, { name: `${kernel.id} ${variant}`, text, flops });
  }
  return [...found.values()].filter(({ flops }) => flops > 0).sort((a, b) => b.flops - a.flops);
}
