// Certificates of golden files' networks: as they are, with one kernel's text broken, with a plan that is wired wrongly, and with
// weights that put pre-activations next to zero.

import { type CertifyControl, certify } from '../../src/densenet/certify/certify.ts';
import { certifyGolden } from '../../src/densenet/certify/certify-golden.ts';
import { ReferenceNetwork } from '../../src/densenet/certify/reference-network.ts';
import { EXACT } from '../../src/densenet/certify/rounding.ts';
import { type Golden, readGolden } from '../../src/densenet/golden/golden.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { Trainable } from '../../src/densenet/plan/scope.ts';
import { toArenas } from '../../src/densenet/state-dict.ts';
import { defineJob, jobRegistry } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import type { AnyKernel } from '../../src/runtime/kernel.ts';
import type { RecordedPass } from '../../src/runtime/program.ts';
import { changedPart } from './changed-part.ts';
import { sharedGpu } from './shared-gpu.ts';

export interface CertifyInput {
  readonly golden: Uint8Array;
  readonly recompute?: boolean;
  readonly precision?: Precision;
  readonly trainable?: Trainable;
  readonly dropout?: number;
}

/** A kernel's text, or one of its parts, in which `from` became `to`. */
export interface Mutation {
  readonly kernel: string;
  readonly from: string;
  readonly to: string;
}

const opened = async <T>(gpu: GPU, now: () => number, work: (device: Device) => Promise<T>): Promise<T> => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  try {
    return await work(device);
  } finally {
    device.destroy();
  }
};

export const certifyJobs = jobRegistry(
  defineJob('certify', ({ golden: bytes, recompute, precision, trainable, dropout }: CertifyInput, { gpu, now }) => {
    const golden = readGolden(bytes, 'golden');
    const { config, state, batch, training } = golden;
    const subject = {
      config: { ...config, ...(dropout !== undefined && { dropout }) },
      state,
      batch,
      images: training.batch,
      loss: training.loss,
      lossOptions: training.lossOptions,
      precision: precision ?? training.precision,
      recompute,
      trainable,
      seed: 3,
    };
    return opened(gpu, now, (device) => certify(device, subject, undefined, { unroll: false }));
  }),
  /** For each mutation, the certificate of a plan whose every pass of that kernel has it. */
  defineJob(
    'certify-broken',
    ({ golden: bytes, mutations }: { golden: Uint8Array; mutations: readonly Mutation[] }, { gpu, now }) =>
      opened(gpu, now, async (device) => {
        const golden = readGolden(bytes, 'golden');
        const found = [];
        for (const mutation of mutations) {
          const kernels = new Map<AnyKernel, AnyKernel>();
          const replace = (pass: RecordedPass): RecordedPass => {
            if (pass.kernel.id !== mutation.kernel) return pass;
            const kernel = kernels.get(pass.kernel) ?? mutated(pass.kernel, mutation);
            kernels.set(pass.kernel, kernel);
            return { ...pass, kernel };
          };
          found.push(await certifyGolden(device, golden, new Map(), { unroll: false, replace }));
        }
        return found;
      }),
  ),
  /** Every pass right, and one given another tensor than the network has there. */
  defineJob('certify-wired', ({ golden: bytes }: { golden: Uint8Array }, { gpu, now }) =>
    opened(gpu, now, (device) => {
      const golden = readGolden(bytes, 'golden');
      const control: CertifyControl = {
        unroll: false,
        replace: (pass) => {
          const weight = pass.regions.get('weight');
          const bias = pass.regions.get('bias');
          if (pass.kernel.id !== 'head/linear' || !weight || !bias) return pass;
          return { ...pass, regions: new Map(pass.regions).set('bias', { ...weight, bytes: bias.bytes }) };
        },
      };
      return certifyGolden(device, golden, new Map(), control);
    }),
  ),
  /** With a norm's biases so that the first pre-activation of each of its channels is as close to zero as float32 allows. */
  defineJob('certify-flips', ({ golden: bytes, norm }: { golden: Uint8Array; norm: string }, { gpu, now }) =>
    opened(gpu, now, async (device) => {
      const golden = await atZero(readGolden(bytes, 'golden'), norm);
      return certifyGolden(device, golden, new Map(), { unroll: false });
    }),
  ),
);

function mutated(kernel: AnyKernel, { from, to }: Mutation): AnyKernel {
  const texts = [kernel.source, ...kernel.parts.flatMap(({ source, unstaged }) => [source, unstaged?.source ?? ''])];
  if (!texts.some((text) => text.includes(from))) throw new Error(`${kernel.id} has no ${from}`);
  const changed = (text: string) => text.replaceAll(from, to);
  const parts = kernel.parts.map((part) => changedPart(part, changed));
  return { ...kernel, source: changed(kernel.source), parts };
}

async function atZero(golden: Golden, name: string): Promise<Golden> {
  const { config, training, batch } = golden;
  const network = buildNetwork(config);
  const norm = network.norms.find((one) => one.name === name);
  const beta = golden.state.get(`${name}.bias`);
  if (!norm || !beta) throw new Error(`there is no ${name}`);
  const reference = new ReferenceNetwork({
    network,
    batch: training.batch,
    arenas: toArenas(network, golden.state, {}),
    precision: training.precision,
    isEvalMode: () => false,
    dropout: () => undefined,
    rounding: EXACT,
  });
  await reference.forward(batch.images, async () => undefined);
  const { x, maps, scale, shift } = reference.useOf(norm);
  const values = beta.values.map((value, c) => {
    const z = (x[c * maps.columns] ?? 0) * (scale[c] ?? 0) + (shift[c] ?? 0);
    return value - z;
  });
  return { ...golden, state: new Map(golden.state).set(`${name}.bias`, { ...beta, values }) };
}
