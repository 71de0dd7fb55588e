// `densenet describe`: what a network costs, from its plan alone. No GPU is asked, unless --compile wants pipelines.
import { type Command, Option } from 'commander';
import { checkConfig } from '../../src/densenet/config.ts';
import { configToJson } from '../../src/densenet/config-json.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import {
  DEFAULT_LIMITS,
  describePlan,
  exceeds,
  largestBatch,
  type PassDescription,
  type PlanDescription,
} from '../../src/densenet/plan/plan.ts';
import type { Trainable } from '../../src/densenet/plan/scope.ts';
import { type PlanRequest, recordPlan } from '../../src/jobs/compile.ts';
import type { Vendor } from '../../src/runtime/adapter.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { megabytes, thousands, withPrefix } from '../../ui/number-text.ts';
import { table } from '../../ui/text-table.ts';
import { openSession } from '../host/session.ts';
import { chooseNetwork, type NetworkChoice, shortName } from '../networks.ts';
import {
  addGlobalOptions,
  type GlobalOptions,
  globalOptions,
  precisionOption,
  vendorOption,
  whole,
} from '../options.ts';
import { note, print, printJson } from '../output.ts';
import { hyperparameterOption } from '../training/hyperparameter-options.ts';

interface DescribeOptions {
  readonly config?: string;
  readonly batch?: number;
  readonly size?: number;
  readonly mode: 'training' | 'inference';
  readonly recompute?: boolean;
  readonly fineTune?: Trainable;
  readonly precision: Precision;
  readonly passes?: boolean;
  readonly json?: boolean;
  readonly compile?: boolean;
  readonly vendor?: Vendor;
  readonly subgroups?: boolean;
  readonly experimentalSubgroupMatrix?: boolean;
}

export function register(program: Command): void {
  addGlobalOptions(program.command('describe'))
    .description('what a network costs: parameters, arithmetic, memory and passes; needs no GPU')
    .argument('[model]', 'densenet121, bc-100-12, plain-40-12 …')
    .option('--config <json>', 'network configuration, with the keys of tests/golden/make_golden.py')
    .option('--batch <n>', 'images per step (default: 32 in training, 1 in inference)', whole(1, 1 << 20))
    .option('--size <n>', 'height and width of the input', whole(1, 16384))
    .addOption(new Option('--mode <mode>', 'which plan').choices(['training', 'inference']).default('training'))
    .addOption(hyperparameterOption('recompute'))
    .addOption(hyperparameterOption('trainable'))
    .addOption(precisionOption())
    .addOption(vendorOption())
    .option('--passes', 'list every pass')
    .option('--compile', 'also compile every pipeline on the host, and print how long each took')
    .option('--subgroups', 'with --compile: use subgroup operations if the adapter has them')
    .option('--experimental-subgroup-matrix', 'with --compile: try subgroup matrices if the adapter has them')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  densenet describe densenet121 --batch 32
  densenet describe bc-100-12 --mode inference --passes
  densenet describe densenet121 --batch 32 --fine-tune classifier
  densenet describe --config '{"growth":8,"blocks":[3,3],"size":28,"channels":1}' --json`,
    )
    .action(async (model: string | undefined, options: DescribeOptions, command: Command) => {
      const request = requestOf(chooseNetwork(model, options.config), options);
      const host = globalOptions(command);
      const plan = recordPlan(request);
      const description = describePlan(plan);
      const problem = exceeds(plan.builder.program, DEFAULT_LIMITS);
      const largest = problem === undefined ? undefined : largestUnderDefaults(request);
      const fit = problem === undefined ? { fits: true } : { fits: false, problem, largestBatch: largest };
      const compiled = options.compile ? await compile(request, host, options) : undefined;
      // Dawn heads each section of its log so; what reads the log takes ours for one more.
      if (compiled && host.dawnFeatures?.includes('dump_shaders')) print('info:');
      if (options.json) return printJson({ ...jsonOf(request, description, options), defaultLimits: fit, ...compiled });
      print(describeAsText(model ?? 'densenet', request, description, options.passes === true));
      if (problem !== undefined) {
        const advice = largest ? `the largest batch that fits is ${largest}` : 'no batch fits';
        print(`\nExceeds WebGPU's default limits: ${problem}; ${advice}. A device with larger limits can run it.`);
      }
      if (compiled) print(`\n${compiledAsText(compiled)}`);
    });
}

function requestOf({ config, training }: NetworkChoice, options: DescribeOptions): PlanRequest {
  const { mode, size, recompute = false, precision, fineTune, vendor } = options;
  if (mode === 'inference' && fineTune !== undefined) {
    throw new ConfigError('--fine-tune', fineTune, 'is for training, but --mode is inference');
  }
  return {
    config: size === undefined ? config : checkConfig({ ...config, height: size, width: size }),
    mode,
    batch: options.batch ?? training?.batch ?? (mode === 'training' ? 32 : 1),
    recompute,
    precision,
    loss: training?.loss ?? 'cross-entropy',
    optimizer: training?.optimizer.kind ?? 'sgd',
    ...(fineTune !== undefined && { trainable: fineTune }),
    ...(vendor && { vendor }),
  };
}

/** Smaller batches may have batch statistics over one value: they do not fit either. */
const largestUnderDefaults = (request: PlanRequest): number =>
  largestBatch(request.batch, (batch) => {
    try {
      return exceeds(recordPlan({ ...request, batch }).builder.program, DEFAULT_LIMITS) === undefined;
    } catch {
      return false;
    }
  });

function jsonOf(request: PlanRequest, description: PlanDescription, options: DescribeOptions) {
  const { config, mode, batch, recompute, precision, trainable = 'all', vendor } = request;
  const { parameters, macs, bytes, total, bytesPerImage, allocations, passes, ...rest } = description;
  return {
    config: configToJson(config),
    mode,
    batch,
    recompute,
    precision,
    trainable,
    ...(vendor && { vendor }),
    parameters,
    macs,
    bytes,
    totalBytes: total,
    bytesPerImage,
    ...rest,
    ...(options.passes ? { passes, allocations } : { passes: passes.length }),
  };
}

async function compile(request: PlanRequest, host: GlobalOptions, options: DescribeOptions) {
  const session = await openSession(host);
  try {
    note(`compiling on ${session.host}: ${session.adapter.name}`);
    const { subgroups = false, experimentalSubgroupMatrix: subgroupMatrix = false } = options;
    const report = await session.run('compile', { plan: request, subgroups, subgroupMatrix });
    if (subgroups && !report.subgroups.inUse) note(`no subgroup operations: ${report.subgroups.why}`);
    if (subgroupMatrix && !report.subgroupMatrix.tried) note(`no subgroup matrices: ${report.subgroupMatrix.why}`);
    for (const { kernel, variant, why } of report.kernelChecks) {
      if (why !== undefined) note(`no subgroup matrices for ${kernel} (${variant}): ${why}`);
    }
    return { host: session.host, adapter: session.adapter.name, compiled: report.pipelines };
  } finally {
    await session.close();
  }
}

function compiledAsText({ compiled }: Awaited<ReturnType<typeof compile>>): string {
  const rows = compiled.map((p) => [p.milliseconds.toFixed(1), p.kernel, p.variant]);
  const total = compiled.reduce((sum, p) => sum + p.milliseconds, 0);
  return `${table(['ms', 'kernel', 'variant'], rows)}\n${compiled.length} pipelines compiled in ${Math.round(total)} ms`;
}

const MOST_EXPENSIVE = 5;

function describeAsText(name: string, request: PlanRequest, plan: PlanDescription, passes: boolean): string {
  const { config, mode, batch, recompute, precision = 'f32', loss, optimizer, trainable = 'all', vendor } = request;
  const { inputChannels, height, width, classes } = config;
  const stored = precision === 'f32' ? '' : `, ${precision}`;
  const how =
    mode === 'training' ? `${loss}, ${optimizer}${recompute ? ', recompute' : ''}` : 'running statistics folded';
  const facts = [
    ['input', `${inputChannels} x ${height} x ${width}, ${classes} classes`],
    ['parameters', thousands(plan.parameters)],
    ...(trainable === 'all'
      ? []
      : [['trainable', `${thousands(plan.trainableParameters)} of them (${trainable}); the rest is frozen`]]),
    ['forward', `${withPrefix(plan.macs)} multiply-adds per image`],
    [mode, `batch ${batch}; ${how}${stored}`],
    ['passes', `${plan.passes.length}, from ${plan.pipelines} pipelines`],
    ...(vendor ? [['tiles', `the defaults of ${vendor}`]] : []),
    ['arithmetic', `${withPrefix(plan.flops, 'FLOP')} per batch`],
    ['traffic', `${withPrefix(plan.traffic, 'B')} per batch, each operand moved once`],
    ['memory', `${megabytes(plan.total)}, ${megabytes(plan.bytesPerImage)} of that per image`],
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
