// Every kernel suite by its kernel's id: each `.cases.ts` file beside this one is found by its name.

import { isStorage } from '../../../src/runtime/kernel.ts';
import { Random } from '../../../src/shaders/random-inputs.ts';
import type { AnySuite, NonFinite } from './kernel-suite.ts';

const modules = import.meta.glob<{ default: AnySuite | readonly AnySuite[] }>('./*/*.cases.ts', { eager: true });

export const suites: readonly AnySuite[] = Object.values(modules).flatMap((m) => m.default);

export interface KernelCase {
  readonly suite: AnySuite;
  readonly name: string;
  readonly size: unknown;
  readonly variant: Readonly<Record<string, number | boolean | string>>;
  readonly seed: number;
  /** Bindings that are held as f16. */
  readonly packedF16: readonly string[];
  readonly nonFinite?: NonFinite | undefined;
}

/** Sizes at which a kernel runs that only reads f16: it is unpacked alike everywhere. */
const A_FEW = 4;
/**
 * 'crossed': every variant at every size, and with NaN and infinities. 'paired': every size in one variant at least, every variant
 * at one size at least, and every second one with NaN and infinities. 'halved': of the latter every second size. Which, depends on
 * the seed.
 */
export type Coverage = 'crossed' | 'paired' | 'halved';

/**
 * Every case: the named sizes, then fresh random ones drawn from `seed`; and with features as f16 in one variant.
 */
export function kernelCases(seed: number, coverage: Coverage = 'crossed'): KernelCase[] {
  const crossed = coverage === 'crossed';
  return suites.flatMap((suite) => {
    const sizes = Object.entries(suite.sizes).map(([name, size], i) => ({ name, size, seed: seed + i }));
    for (let i = 0; i < (suite.random?.count ?? 0); i++) {
      const own = (seed * 31 + i * 7919) >>> 0;
      const size = suite.random?.size(new Random(own));
      sizes.push({ name: `random ${own} ${JSON.stringify(size)}`, size, seed: own });
    }
    const variants = Object.entries(suite.variants ?? { '': {} });
    const labels = variants.map(([label]) => label);
    const apart = Math.min(labels.length, sizes.length);
    const isPaired = (size: number, variant: number) =>
      crossed || ((size + variant + seed) % apart === 0 && (coverage === 'paired' || (size + (seed >>> 8)) % 2 === 0));
    const isSecond = (_size: number, variant: number) => crossed || (variant + seed) % 2 === 0;
    const cases = (
      way: string,
      of: readonly string[],
      packedF16: readonly string[],
      some = sizes,
      takes = (_size: number, _variant: number) => true,
    ): KernelCase[] =>
      variants.flatMap(([label, variant], j) =>
        !of.includes(label)
          ? []
          : some
              .filter((_, i) => takes(i, j))
              .map((s) => ({ ...s, suite, name: nameOf(suite, way, label, s.name), variant, packedF16 })),
      );
    const packedF16 = f16BindingsOf(suite);
    const writes = packedF16.some((name) => suite.kernel.bindings[name]?.kind === 'write');
    const few = writes ? sizes : sizes.slice(-A_FEW);
    const own = suite.packedF16 === false || packedF16.length === 0 ? [] : [suite.packedF16 ?? labels[0] ?? ''];
    // A network's first layer reads an image, which is float32, and writes f16.
    const first = sizes.filter(({ name }) => name === 'CIFAR stem');
    const others = packedF16.filter((name) => name !== 'x');
    const { nonFinite } = suite;
    const special = sizes
      .filter(({ name }) => name === nonFinite?.size)
      .map((s) => ({ ...s, name: `NaN and infinities, ${s.name}`, nonFinite }));
    return [
      ...cases('', labels, [], sizes, isPaired),
      ...cases('', nonFinite?.variants ?? labels, [], special, isSecond),
      ...cases('f16', own, packedF16, [...few, ...special]),
      ...cases('f16 of an image', own, others, first),
    ];
  });
}

const nameOf = ({ kernel }: AnySuite, ...rest: readonly string[]) => [kernel.id, ...rest].filter(Boolean).join(' · ');

const f16BindingsOf = ({ kernel }: AnySuite): string[] =>
  Object.entries(kernel.bindings).flatMap(([name, b]) => (isStorage(b) && b.supportsF16Storage ? [name] : []));
