// `densenet describe`: what a network costs, from its plan alone. No GPU is asked, unless --compile wants pipelines.
import { type Command, Option } from 'commander';
import { checkConfig } from '../../src/densenet/config.ts';
import { configToJson } from '../../src/densenet/config-json.ts';
import { DEFAULT_LIMITS, exceeds, largestBatch } from '../../src/densenet/plan/memory.ts';
import { describePlan, type PlanDescription } from '../../src/densenet/plan/plan.ts';
import type { Precision } from '../../src/densenet/plan/precision.ts';
import { type PlanRequest, recordPlan } from '../../src/jobs/plan-request.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { table } from '../../ui/text-table.ts';
import { describeAsText } from '../describe-text.ts';
import { fineTuneOption, trainableOf } from '../fine-tune-option.ts';
import { addGlobalOptions, type GlobalOptions, globalOptions } from '../global-options.ts';
import { openSession } from '../host/session.ts';
import { chooseNetwork, type NetworkChoice } from '../network-choice.ts';
import { whole } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { precisionOption } from '../precision-option.ts';

interface DescribeOptions {
  readonly config?: string;
  readonly batch?: number;
  readonly size?: number;
  readonly mode: 'training' | 'inference';
  readonly recompute?: boolean;
  readonly fineTune?: string;
  readonly precision: Precision;
  readonly passes?: boolean;
  readonly json?: boolean;
  readonly compile?: boolean;
  readonly subgroups?: boolean;
  readonly experimentalSubgroupMatrix?: boolean;
}

export function register(program: Command): void {
  addGlobalOptions(program.command('describe'))
    .description('what a network costs: parameters, arithmetic, memory and passes; needs no GPU')
    .argument('[model]', 'densenet121, bc-100-12, plain-40-12 …')
    .option('--config <json>', 'a network by its configuration, with the keys of tests/golden/make_golden.py')
    .option('--batch <n>', 'images a step (default: 32 in training, 1 in inference)', whole(1, 1 << 20))
    .option('--size <n>', 'height and width of the input', whole(1, 16384))
    .addOption(new Option('--mode <mode>', 'which plan').choices(['training', 'inference']).default('training'))
    .option('--recompute', 'training that keeps less and computes it again')
    .addOption(fineTuneOption())
    .addOption(precisionOption())
    .option('--passes', 'list every pass')
    .option('--compile', 'also compile every pipeline on the host, and print how long each one took')
    .option('--subgroups', 'with --compile: reduce by subgroup operations where the adapter has them')
    .option('--experimental-subgroup-matrix', 'with --compile: try subgroup matrices where the adapter has them')
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
        print(`\nPast WebGPU's default limits: ${problem}; ${advice}. A device with larger limits can run it.`);
      }
      if (compiled) print(`\n${compiledAsText(compiled)}`);
    });
}

function requestOf({ config, training }: NetworkChoice, options: DescribeOptions): PlanRequest {
  const { mode, size, recompute = false, precision, fineTune } = options;
  if (mode === 'inference' && fineTune !== undefined) {
    throw new ConfigError('--fine-tune', fineTune, 'is of training; --mode says inference');
  }
  return {
    config: size === undefined ? config : checkConfig({ ...config, height: size, width: size }),
    mode,
    batch: options.batch ?? training?.batch ?? (mode === 'training' ? 32 : 1),
    recompute,
    precision,
    loss: training?.loss ?? 'cross-entropy',
    optimizer: training?.optimizer.kind ?? 'sgd',
    ...trainableOf(fineTune),
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
  const { config, mode, batch, recompute, precision, trainable = 'all' } = request;
  const { parameters, macs, bytes, total, bytesPerImage, allocations, passes, ...rest } = description;
  return {
    config: configToJson(config),
    mode,
    batch,
    recompute,
    precision,
    trainable,
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
