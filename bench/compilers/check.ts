// `node bench/compilers/run.mjs check MODEL`: what compilers make of a plan with a vendor's tiles, weighted by FLOPs.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { PRESETS } from '../../src/densenet/presets.ts';
import { VENDORS } from '../../src/runtime/adapter.ts';
import { table } from '../../ui/text-table.ts';
import { compileTexts, isReady, spills } from './compile.ts';
import type { Compiled } from './mesa.ts';
import { type PlanChoice, programOf, textsOf } from './texts.ts';

const oneOf = <T extends string>(name: string, value: string, allowed: readonly T[]): T => {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Error(`${name}: ${value} must be one of ${allowed.join(', ')}`);
  return found;
};

const OPTIONS = {
  batch: { type: 'string' },
  mode: { type: 'string', default: 'training' },
  precision: { type: 'string', default: 'f32' },
  vendor: { type: 'string', default: 'unknown' },
  targets: { type: 'string', default: 'intel:tgl,adreno:740,amd:navi31,nvidia:sm_90' },
  least: { type: 'string', default: '0.05' },
} as const;

/** The command line's plan. */
export function planOf(args: readonly string[]) {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  const model = oneOf('model', positionals[0] ?? 'densenet121', Object.keys(PRESETS) as (keyof typeof PRESETS)[]);
  const mode = oneOf('--mode', values.mode, ['training', 'inference']);
  const choice: PlanChoice = {
    mode,
    batch: Number(values.batch ?? (mode === 'training' ? 32 : 1)),
    precision: oneOf('--precision', values.precision, ['f32', 'f16-storage']),
    vendor: oneOf('--vendor', values.vendor, VENDORS),
  };
  return { values, config: PRESETS[model], choice, program: programOf(model, choice) };
}

export async function main(args: readonly string[]): Promise<string> {
  const { values, program } = planOf(args);
  const every = textsOf(program);
  const all = every.reduce((sum, { flops }) => sum + flops, 0);
  const texts = every.filter(({ flops }) => flops >= (Number(values.least) / 100) * all);
  const lines: string[] = [];
  const failures: string[] = [];
  for (const asked of values.targets.split(',')) {
    const [target = '', model = ''] = asked.split(':');
    if (!isReady(target)) {
      failures.push(`${asked}: NOT COMPILED: not set up (bench/compilers/setup.sh ${target})`);
      continue;
    }
    const compiled = await compileTexts(
      target,
      model,
      texts.map(({ text }) => text),
    );
    const rows = compiled.map((c, i) => {
      const { name = '', flops = 0 } = texts[i] ?? {};
      const figures = [c.registers, c.spills, c.fills, c.waves, c.simd, c.cycles, c.fma];
      return [
        ((100 * flops) / all).toFixed(1),
        ...figures.map((f) => f?.toString() ?? '-'),
        `${name} ${c.failed ?? ''}`,
      ];
    });
    const percent = (counts: (c: Compiled) => boolean) =>
      `${((100 * compiled.reduce((sum, c, i) => sum + (counts(c) ? (texts[i]?.flops ?? 0) : 0), 0)) / all).toFixed(1)}%`;
    const missing = compiled.filter(({ failed }) => failed !== undefined).length;
    if (missing > 0)
      failures.push(
        `${asked}: NOT COMPILED: ${missing} kernels with ${percent(({ failed }) => failed !== undefined)} of the FLOPs`,
      );
    lines.push(
      `${asked}: ${percent(spills)} of the FLOPs in kernels that spill, of ${percent(({ failed }) => failed === undefined)} that were compiled`,
    );
    lines.push(
      table(['FLOPs %', 'registers', 'spills', 'fills', 'waves', 'simd', 'cycles', 'fma %', 'kernel'], rows),
      '',
    );
  }
  // What was not compiled is no result, least of all 0% of spills.
  if (failures.length > 0) process.exitCode = 1;
  return [...lines, ...failures].join('\n');
}
