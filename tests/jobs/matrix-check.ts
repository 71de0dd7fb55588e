// The trial that a text with subgroup matrices has to pass, on this GPU, with texts that need no matrices: the portable one
// itself, and the same with a sign turned. And what a device says that was asked for subgroup matrices.

import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { PipelineCache } from '../../src/runtime/pipelines.ts';
import type { MatrixCheck, MatrixUse } from '../../src/runtime/subgroup-matrix.ts';
import { conv1x1Forward } from '../../src/shaders/conv1x1/forward.ts';

export type MatrixCheckReport = {
  readonly use: MatrixUse;
  readonly same: MatrixCheck | null;
  readonly wrong: MatrixCheck | null;
};

export const matrixCheck = defineJob('matrix-check', async (_request, { gpu, now }) => {
  const device = await Device.open(gpu, { now, experimental: { subgroupMatrix: true } });
  const { source, parts, parameters, matrix } = conv1x1Forward;
  const kernelCheck = async (text: string): Promise<MatrixCheck | null> => {
    if (!matrix) return null;
    const pipelines = new PipelineCache(device.gpu, now, { matrix: true });
    const twin = { ...matrix, source: text, parts, parameters: Object.keys(parameters) };
    const size = { inputs: 64, outputs: 32, columns: 49, stride: 64 };
    const own = { ...conv1x1Forward.choose(size), HAS_BIAS: true };
    await pipelines.get({ ...conv1x1Forward, matrix: twin }, own, []);
    return pipelines.kernelChecks[0] ?? null;
  };
  const report: MatrixCheckReport = {
    use: device.subgroupMatrix,
    same: await kernelCheck(source),
    wrong: await kernelCheck(source.replace('value + vec4f(bias[row])', 'value - vec4f(bias[row])')),
  };
  device.destroy();
  return report;
});
