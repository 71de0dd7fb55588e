// Every kernel suite by its kernel's id: each `.cases.ts` file beside this one is found by its name.

import { isStorage } from '../../../src/runtime/kernel.ts';
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
  /** Bindings that are held as halves. */
  readonly halves: readonly string[];
}

/** Which bindings to hold as halves: none, all that can be, and all but what a network's first layer reads. */
function halvesOf({ kernel }: AnySuite): Readonly<Record<string, readonly string[]>> {
  const all = Object.entries(kernel.bindings).flatMap(([name, binding]) =>
    isStorage(binding) && binding.halvable ? [name] : [],
  );
  const ways: Record<string, readonly string[]> = { '': [] };
  if (all.length > 0) ways.halves = all;
  if (kernel.id.startsWith('conv3x3/') && all.includes('x')) ways['halves of an image'] = all.filter((n) => n !== 'x');
  return ways;
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
    const ways = Object.entries(halvesOf(suite));
    return ways.flatMap(([way, halves]) =>
      variants.flatMap(([label, variant]) =>
        sizes.map((s) => ({
          suite,
          name: [suite.kernel.id, way, label, s.name].filter(Boolean).join(' · '),
          size: s.size,
          variant,
          seed: s.seed,
          halves,
        })),
      ),
    );
  });
}
