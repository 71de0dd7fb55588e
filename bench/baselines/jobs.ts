// What a library's worker does. One library and one workload per worker, so that a crash or a lost device costs that library
// alone and its GPU memory goes with its worker. Every repeat ends when its result is in memory and the GPU is idle.

import { readGolden } from '../../src/densenet/golden/golden.ts';
import { SGD } from '../../src/densenet/train/optimizers.ts';
import { defineJob, type JobsOf, jobRegistry } from '../../src/jobs/define-job.ts';
import { GpuError } from '../../src/runtime/errors.ts';
import type { BaselineCheck, CodeSize, GpuCounts } from '../sections/baselines/schema.ts';
import type { NetworkKind } from '../sections/throughput/schema.ts';
import type { Mode } from '../workloads.ts';
import type { Baseline, BaselineName } from './baseline.ts';
import { countGpu, countsBetween, type GpuCounter } from './counters.ts';
import { checkBaseline, firstStep, type Tensors } from './validation.ts';
import { type BaselineWorkload, workloadData } from './workloads.ts';

export type CheckBaselineRequest = {
  readonly baseline: BaselineName;
  readonly mode: Mode;
  readonly kind: NetworkKind;
  readonly file: string;
  /** The file's bytes. */
  readonly golden: Uint8Array;
};
export type OpenBaselineRequest = { readonly baseline: BaselineName; readonly workload: BaselineWorkload };
/** An opened library, and what its first repeat gave, for comparison. */
export type OpenBaselineAnswer = { readonly opened: OpenBaselineResult; readonly tensors: Tensors };
export type OpenBaselineResult = {
  readonly version: string;
  readonly code: CodeSize;
  /** Milliseconds from the network's numbers to a model that can run. */
  readonly preparation: number;
  /** Milliseconds of the first repeat, in which most of compiling happens; in training, all that it changed is read too. */
  readonly first: number;
};
export type RepeatResult = {
  readonly milliseconds: number;
  readonly counts: GpuCounts;
  /** Bytes of GPU buffers after the repeat, and the most there were so far. */
  readonly liveBytes: number;
  readonly peakBytes: number;
};

const LOADERS: Readonly<Record<BaselineName, () => Promise<{ readonly baseline: Baseline }>>> = {
  ours: () => import('./ours.ts'),
  tfjs: () => import('./tfjs.ts'),
  onnx: () => import('./onnx.ts'),
  jax: () => import('./jax.ts'),
};

/** Long enough for a gradient to be read off the weights, short enough that training goes on from there. */
const FIRST_RATE = 0.1;
/** So small that any number of steps on random labels keeps the loss finite. */
const RATE = 1e-4;

export function baselineJobs() {
  let counter: GpuCounter | undefined;
  let repeat: (() => Promise<void>) | undefined;
  return jobRegistry(
    defineJob(
      'baseline/check',
      async ({ baseline: name, mode, kind, file, golden }: CheckBaselineRequest): Promise<BaselineCheck> => {
        const { baseline } = await LOADERS[name]();
        return checkBaseline(baseline, readGolden(golden, file), mode, kind);
      },
    ),
    defineJob(
      'baseline/open',
      async ({ baseline: name, workload }: OpenBaselineRequest, { now }): Promise<OpenBaselineAnswer> => {
        counter = countGpu();
        const before = new Set(fetchedCode());
        const { baseline } = await LOADERS[name]();
        const { preparation, first, tensors, repeat: next } = await open(baseline, workload, now, counter);
        repeat = next;
        // This worker's own script holds much of this library: all of it counts as ours.
        const fetched = fetchedCode().filter((address) => name === 'ours' || !before.has(address));
        const opened = { version: baseline.version, code: await codeSize(fetched), preparation, first };
        // Copies: what is sent is handed over, and a library may go on using its own.
        const sent = [...tensors].map(([key, { shape, values }]) => [key, { shape, values: values.slice() }] as const);
        return { opened, tensors: new Map(sent) };
      },
    ),
    /** One repeat. */
    defineJob('baseline/repeat', async (_: undefined, { now }): Promise<RepeatResult> => {
      if (!repeat || !counter) throw new GpuError('no library is open');
      const before = counter.counts();
      const start = now();
      await repeat();
      await counter.idle();
      return {
        milliseconds: now() - start,
        counts: countsBetween(before, counter.counts()),
        liveBytes: counter.liveBytes,
        peakBytes: counter.peakBytes,
      };
    }),
  );
}

export type BaselineJobs = JobsOf<ReturnType<typeof baselineJobs>>;

interface Opened {
  readonly preparation: number;
  readonly first: number;
  readonly tensors: Tensors;
  readonly repeat: () => Promise<void>;
}

async function open(
  baseline: Baseline,
  workload: BaselineWorkload,
  now: () => number,
  counter: GpuCounter,
): Promise<Opened> {
  const { network, state, images, labels } = workloadData(workload);
  const request = { network, state, batch: workload.batch };
  const begun = now();
  if (workload.mode === 'inference') {
    const model = await baseline.inference(request);
    const preparation = now() - begun;
    const values = await model.logits(images);
    await counter.idle();
    const first = now() - begun - preparation;
    const tensors: Tensors = new Map([['logits', { shape: [workload.batch, network.config.classes], values }]]);
    return { preparation, first, tensors, repeat: async () => requireFinite(await model.logits(images)) };
  }
  const model = await baseline.training(request, SGD);
  const preparation = now() - begun;
  const tensors = await firstStep(model, { images, labels, state, optimizer: SGD, learningRate: FIRST_RATE });
  await counter.idle();
  const first = now() - begun - preparation;
  return { preparation, first, tensors, repeat: async () => requireFinite([await model.step(images, labels, RATE)]) };
}

function requireFinite(values: ArrayLike<number>): void {
  const bad = Array.from(values).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new GpuError(`result ${bad} is ${values[bad]}: what comes out is wrong, nothing is timed`);
}

/** The files that this realm has fetched so far, its own script among them. */
export function fetchedCode(): string[] {
  const names = performance.getEntriesByType('resource').map(({ name }) => name);
  return [...new Set([location.href, ...names])].filter((name) => /\.(m?js|wasm)(\?|$)/.test(name));
}

export async function codeSize(addresses: readonly string[]): Promise<CodeSize> {
  const size = { script: 0, wasm: 0 };
  for (const address of addresses) {
    const kind = /\.wasm(\?|$)/.test(address) ? 'wasm' : 'script';
    size[kind] += await gzipped(address);
  }
  return size;
}

async function gzipped(address: string): Promise<number> {
  const { body } = await fetch(address);
  if (!body) return 0;
  let bytes = 0;
  const reader = body.pipeThrough(new CompressionStream('gzip')).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.byteLength;
  return bytes;
}
