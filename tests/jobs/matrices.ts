// Shaders with subgroup matrices on a GPU that emulates these (emulated-matrices.ts): every variant's own check on the
// device, the kernels' cases of awkward sizes against float64, a network, and what a device does with a wrong shader.

import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import { vendorTiles } from '../../src/densenet/plan/tile-config.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob, jobRegistry } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import type { MatrixCheck } from '../../src/runtime/subgroup-matrix.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { matrixCheck, subgroupMatrices } from '../../src/shaders/subgroup-matrices.ts';
import { runCase } from '../e2e/kernels/kernel-suite.ts';
import { kernelCases } from '../e2e/kernels/suites.ts';
import { distance } from './distance.ts';
import { type EmulatedMatrices, emulatingMatrices } from './emulated-matrices.ts';
import { floatBatch, OPTIONS, SMALL } from './small-network.ts';

export type MatrixCasesInput = {
  readonly kernel: string;
  readonly matrices: EmulatedMatrices;
  readonly seed: number;
  /** Every so many-th case. */
  readonly every?: number;
  /** What stands in the shader, and what stands there instead. */
  readonly broken?: readonly [string, string];
};

export type MatrixCasesReport = {
  readonly checks: readonly MatrixCheck[];
  readonly cases: number;
  readonly failures: readonly string[];
};

export type MatrixNetworkReport = {
  readonly checks: readonly MatrixCheck[];
  readonly notes: readonly string[];
  /** Relative L2 differences. */
  readonly logits: number;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, number>>;
  readonly refused: string;
};

const CONFIG = { ...SMALL, dropout: 0 };
const { normalisation: _n, augment: _a, ...FLOATS } = OPTIONS;

const experimental = { subgroupMatrix: subgroupMatrices };

export const matrixJobs = jobRegistry(
  /** A kernel's cases by its shader with subgroup matrices. */
  defineJob('matrix-cases', async (input: MatrixCasesInput, { gpu, now }): Promise<MatrixCasesReport> => {
    const { kernel, matrices, seed, every = 1, broken } = input;
    const edit = (text: string) => {
      if (!broken) return text;
      if (!text.includes(broken[0])) throw new Error(`the shader has no ${broken[0]}`);
      return text.replaceAll(broken[0], broken[1]);
    };
    const device = await Device.open(emulatingMatrices(gpu, matrices, edit), { now, experimental });
    const isF16 = matrices.componentType !== 'f32';
    const failures: string[] = [];
    const found = kernelCases(seed, 'paired').filter(
      ({ suite, packedF16, nonFinite }) =>
        suite.kernel.id === kernel && packedF16.length > 0 === isF16 && nonFinite === undefined,
    );
    const cases = found.filter((_, i) => i % every === 0);
    for (const { suite, name, size, variant, seed: own, packedF16 } of cases) {
      const checked = matrixCheck(suite, isF16 ? 'f16' : 'f32');
      const options = { packedF16, shader: 'matrix', unroll: false } as const;
      const { passed, message } = await runCase(device, checked, size, variant, new Random(own), options);
      if (!passed) failures.push(`${name}: ${message}`);
    }
    const checks = [...device.pipelines.kernelChecks];
    device.destroy();
    return { checks, cases: cases.length, failures };
  }),
  /**
   * A network in 'f16-matrix' against the same in 'f16-storage': logits, a step's loss and its gradients; and what a device without
   * subgroup matrices says.
   */
  defineJob('matrix-network', async (_request, { gpu, now }): Promise<MatrixNetworkReport> => {
    const emulated = await Device.open(emulatingMatrices(gpu, { M: 16, N: 16, K: 16 }), { now, experimental });
    const usual = await Device.open(gpu, { now, experimental });
    try {
      const [ours, theirs] = [await computed(emulated, 'f16-matrix'), await computed(usual, 'f16-storage')];
      const refused = await computed(usual, 'f16-matrix').catch((error: unknown) => String(error));
      const gradients = [...theirs.gradients].map(([name, { values }]): [string, number] => [
        name,
        distance(ours.gradients.get(name)?.values ?? [], values),
      ]);
      return {
        checks: [...emulated.pipelines.kernelChecks],
        notes: [...emulated.notes],
        logits: distance(ours.logits, theirs.logits),
        loss: Math.abs(ours.loss - theirs.loss),
        gradients: Object.fromEntries(gradients),
        refused: typeof refused === 'string' ? refused : 'was not refused',
      };
    } finally {
      emulated.destroy();
      usual.destroy();
    }
  }),
);

async function computed(device: Device, precision: Precision) {
  // A software adapter's own tiles stage nothing, and have too few terms for a product.
  const tileConfig = vendorTiles('unknown');
  const model = await DenseNet.create(device, CONFIG, { seed: 3 });
  try {
    const { images } = floatBatch(5);
    const inference = await Inference.create(model, { batch: OPTIONS.batch, precision, tileConfig, unroll: false });
    const logits = await inference.logits(images, OPTIONS.batch);
    inference.destroy();
    const trainer = await Trainer.create(model, { ...FLOATS, precision, tileConfig, unroll: false });
    const { loss, gradients } = await trainer.gradients(floatBatch(5));
    trainer.destroy();
    return { logits, loss, gradients };
  } finally {
    model.destroy();
  }
}
