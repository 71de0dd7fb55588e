// The hosts' jobs and those that only tests ask for.
import { throughputJob } from '../../bench/gpu/throughput.ts';
import { kernelsJob } from '../../bench/sections/kernels/measure.ts';
import { passesJob } from '../../bench/sections/passes/measure.ts';
import { rooflineJob } from '../../bench/sections/roofline/measure.ts';
import { type JobsOf, jobRegistry } from '../../src/jobs/define-job.ts';
import { hostJobs } from '../../src/jobs/registry.ts';
import { allocations } from './allocations.ts';
import { augmentation } from './augmentation.ts';
import { augmentedTraining } from './augmented-training.ts';
import { autotuneSmall } from './autotune.ts';
import { benchProofs } from './bench-proofs.ts';
import { blockFeatures } from './block-features.ts';
import { certifyJobs } from './certify.ts';
import { classActivation } from './class-activation.ts';
import { classifier } from './classifier.ts';
import { clocks } from './clocks.ts';
import { contractions } from './contractions.ts';
import { decodePictures } from './decode-pictures.ts';
import { deviceLoss } from './device-loss.ts';
import { dropout } from './dropout.ts';
import { explanations } from './explanations.ts';
import { fineTuning } from './fine-tuning.ts';
import { fitting } from './fit.ts';
import { goldenModes } from './golden-modes.ts';
import { interimPipelines } from './interim-pipelines.ts';
import { kernelCasesJob, oldActivation } from './kernel-cases.ts';
import { lastBatch } from './last-batch.ts';
import { lifecycle } from './lifecycle.ts';
import { matrixJobs } from './matrices.ts';
import { microBatches } from './micro-batches.ts';
import { misbehave } from './misbehave.ts';
import { misuse } from './misuse.ts';
import { notFinite } from './not-finite.ts';
import { openPageFiles } from './open-files.ts';
import { outOfMemory } from './out-of-memory.ts';
import { passTiming } from './pass-timing.ts';
import { compilePresets } from './preset-variants.ts';
import { recipes } from './recipes.ts';
import { repeatable } from './repeatable.ts';
import { resume } from './resume.ts';
import { onSharedGpu } from './shared-gpu.ts';
import { submits } from './submits.ts';
import { tileCases } from './tile-cases.ts';
import { tileTargets } from './tile-targets.ts';

export const testJobs = {
  ...hostJobs,
  predict: onSharedGpu(hostJobs.predict),
  verify: onSharedGpu(hostJobs.verify),
  ...misbehave,
  ...notFinite,
  ...benchProofs,
  ...autotuneSmall,
  ...matrixJobs,
  ...certifyJobs,
  ...tileTargets,
  ...jobRegistry(
    rooflineJob,
    passesJob,
    throughputJob,
    kernelsJob,
    kernelCasesJob,
    oldActivation,
    contractions,
    compilePresets,
    explanations,
    goldenModes,
    allocations,
    openPageFiles,
    recipes,
    augmentation,
    augmentedTraining,
    repeatable,
    submits,
    resume,
    decodePictures,
    deviceLoss,
    lifecycle,
    misuse,
    classifier,
    fitting,
    lastBatch,
    outOfMemory,
    microBatches,
    dropout,
    fineTuning,
    classActivation,
    interimPipelines,
    blockFeatures,
    passTiming,
    clocks,
    tileCases,
  ),
};

export type TestJobs = JobsOf<typeof testJobs>;
