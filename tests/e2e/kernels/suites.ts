// Every kernel suite by its kernel's id: each `.cases.ts` file beside this one is found by its name.

import type { AnySuite } from './kernel-suite.ts';
import { Random } from './random-inputs.ts';

const modules = import.meta.glob<{ default: AnySuite | readonly AnySuite[] }>('./*/*.cases.ts', { eager: true });

export const suites: readonly AnySuite[] = Object.values(modules).flatMap((m) => m.default);

export interface KernelCase {
  readonly suite: AnySuite;
  readonly name: string;
  readonly size: unknown;
  readonly variant: Readonly<Record<string, number | boolean | string>>;
  readonly seed: number;
}

/** Every case: the named sizes, then fresh random ones drawn from `seed`. */
export function kernelCases(seed: number): KernelCase[] {
  return suites.flatMap((suite) => {
    const sizes = Object.entries(suite.sizes).map(([name, size], i) => ({ name, size, seed: seed + i }));
    for (let i = 0; i < (suite.random?.count ?? 0); i++) {
      const own = (seed * 31 + i * 7919) >>> 0;
      const size = suite.random?.size(new Random(own));
      sizes.push({ name: `random ${own} ${JSON.stringify(size)}`, size, seed: own });
    }
    const variants = Object.entries(suite.variants ?? { '': {} });
    return variants.flatMap(([label, variant]) =>
      sizes.map((s) => ({
        suite,
        name: [suite.kernel.id, label, s.name].filter(Boolean).join(' · '),
        size: s.size,
        variant,
        seed: s.seed,
      })),
    );
  });
}
