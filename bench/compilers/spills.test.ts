// No tile that a vendor is given by default spills registers, as far as the compilers of its GPUs are installed
// (bench/compilers/setup.sh) and GPU_LAB names where: it takes minutes. Where not, those are skipped tests. The stem's two kernels spill on Intel, whose tiles have
// no variant with fewer sums: 3% of a training step's arithmetic.
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { PORTABLE_PRECISIONS } from '../../src/densenet/plan/feature-map.ts';
import type { Vendor } from '../../src/runtime/adapter.ts';
import { compileTexts, isReady, spills } from './compile.ts';
import { programOf, textsOf } from './texts.ts';

const PLANS = [
  ['densenet121', 'training', 32],
  ['densenet121', 'inference', 1],
  ['bc-100-12', 'training', 64],
  ['bc-100-12', 'inference', 1],
] as const;

const MODELS: readonly (readonly [vendor: Vendor, target: string, models: readonly string[]])[] = [
  ['intel', 'intel', ['tgl', 'dg2', 'lnl', 'bmg']],
  ['qualcomm', 'adreno', ['730', '740', '750']],
  ['amd', 'amd', ['navi31', 'navi21']],
  // Its way through CUDA C++ knows float32 texts only.
  ['nvidia', 'nvidia', ['sm_90']],
];

const KNOWN: Readonly<Partial<Record<Vendor, RegExp>>> = { intel: /^stem\// };

describe('tiles', () => {
  for (const [vendor, target, models] of MODELS) {
    const title = `of ${vendor} do not spill on ${models.join(', ')}`;
    it.skipIf(process.env.GPU_LAB === undefined || !isReady(target))(title, { timeout: 1_800_000 }, async () => {
      if (!isReady(target)) return;
      const precisions = target === 'nvidia' ? (['f32'] as const) : PORTABLE_PRECISIONS;
      const texts = new Map<string, string>();
      for (const [model, mode, batch] of PLANS) {
        for (const precision of precisions)
          for (const { text, name } of textsOf(programOf(model, { mode, batch, precision, vendor })))
            if (name.startsWith('conv') || name.startsWith('stem')) texts.set(text, name);
      }
      for (const model of models) {
        const compiled = await compileTexts(target, model, [...texts.keys()]);
        const names = [...texts.values()];
        const found = compiled.flatMap((c, i) =>
          spills(c) || c.failed ? [`${model}: ${names[i]}: ${c.failed ?? `${c.spills} spills, ${c.fills} fills`}`] : [],
        );
        const known = KNOWN[vendor];
        expect(found.filter((line) => !known?.test(line.slice(model.length + 2)))).toEqual([]);
      }
    });
  }
});
