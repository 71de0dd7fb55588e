// What `describe` prints for people: a network, its memory by purpose, and where the arithmetic is.
import type { PassDescription, PlanDescription } from '../src/densenet/plan/plan.ts';
import type { PlanRequest } from '../src/jobs/plan-request.ts';
import { megabytes, thousands, withPrefix } from '../ui/number-text.ts';
import { table } from '../ui/text-table.ts';
import { shortName } from './network-choice.ts';

const MOST_EXPENSIVE = 5;

export function describeAsText(name: string, request: PlanRequest, plan: PlanDescription, passes: boolean): string {
  const { config, mode, batch, recompute, precision = 'f32', loss, optimizer, trainable = 'all' } = request;
  const { inputChannels, height, width, classes } = config;
  const stored = precision === 'f32' ? '' : `, ${precision}`;
  const how =
    mode === 'training' ? `${loss}, ${optimizer}${recompute ? ', recompute' : ''}` : 'running statistics folded';
  const facts = [
    ['input', `${inputChannels} x ${height} x ${width}, ${classes} classes`],
    ['parameters', thousands(plan.parameters)],
    ...(trainable === 'all'
      ? []
      : [['trains', `${thousands(plan.trainableParameters)} of them (${trainable}); the rest stays as it is`]]),
    ['forward', `${withPrefix(plan.macs)} multiply-adds an image`],
    [mode, `batch ${batch}; ${how}${stored}`],
    ['passes', `${plan.passes.length}, from ${plan.pipelines} pipelines`],
    ['arithmetic', `${withPrefix(plan.flops, 'FLOP')} a batch`],
    ['traffic', `${withPrefix(plan.traffic, 'B')} a batch, each operand moved once`],
    ['memory', `${megabytes(plan.total)}, of it ${megabytes(plan.bytesPerImage)} for each image`],
  ];
  const memory = Object.entries(plan.bytes)
    .toSorted(([, a], [, b]) => b - a)
    .map(([purpose, bytes]) => [purpose, megabytes(bytes), share(bytes, plan.total)]);
  return [
    `${name}: ${shortName(config)}`,
    facts.map(([key = '', value]) => `  ${key.padEnd(12)}${value}`).join('\n'),
    table(['memory for', 'bytes', 'share'], memory),
    expensive(plan),
    ...(passes ? [passTable(plan.passes)] : []),
  ].join('\n\n');
}

const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)}%`;

function expensive({ passes, flops }: PlanDescription): string {
  const kernels = new Map<string, { passes: number; flops: number; bytes: number }>();
  for (const pass of passes) {
    const sum = kernels.get(pass.kernel) ?? { passes: 0, flops: 0, bytes: 0 };
    sum.passes++;
    sum.flops += pass.flops;
    sum.bytes += pass.bytes;
    kernels.set(pass.kernel, sum);
  }
  const rows = [...kernels]
    .toSorted(([, a], [, b]) => b.flops - a.flops)
    .slice(0, MOST_EXPENSIVE)
    .map(([kernel, k]) => [
      kernel,
      `${k.passes}`,
      withPrefix(k.flops),
      share(k.flops, flops),
      withPrefix(k.bytes, 'B'),
    ]);
  return table(['most expensive', 'passes', 'FLOP', 'share', 'traffic'], rows);
}

function passTable(passes: readonly PassDescription[]): string {
  const rows = passes.map((p, i) => [
    ...[`${i}`, p.section, p.label, thousands(p.workgroups), withPrefix(p.flops), withPrefix(p.bytes, 'B')],
    p.variant,
  ]);
  return table(['pass', 'section', 'label', 'workgroups', 'FLOP', 'traffic', 'variant'], rows);
}
