// The job `explain`: why a checkpoint's network gives one image its logit of one class.

import { Explanations } from '../densenet/explain/explanations.ts';
import type { ExplainRequest } from '../densenet/explain/methods.ts';
import { DenseNet } from '../densenet/model.ts';
import { readCheckpoint } from '../densenet/train/checkpoint.ts';
import { Device } from '../runtime/device.ts';
import { DenseNetError } from '../runtime/errors.ts';
import { defineJob, type JobContext } from './define-job.ts';

/** What an explanation starts from. */
export interface ExplainInput {
  readonly request: ExplainRequest;
  /** A safetensors file. */
  readonly checkpoint: Uint8Array;
  /** [C][H][W], normalised. */
  readonly image: Float32Array;
}

/** Reported while it runs, where there is more than one run. */
export type ExplainEvent = { readonly done: number; readonly total: number };

export interface ExplainReport {
  readonly height: number;
  readonly width: number;
  readonly signed: boolean;
  readonly completeness: { readonly error: number; readonly difference: number } | null;
  /** The explanation alone, its plan made: milliseconds. */
  readonly milliseconds: number;
}

export interface ExplainAnswer {
  readonly report: ExplainReport;
  /** [height][width] */
  readonly map: Float32Array<ArrayBuffer>;
  /** [C][H][W], of a method that has one. */
  readonly attribution?: Float32Array<ArrayBuffer> | undefined;
}

/** @throws ConfigError, DataError, LimitError, NoGpuError, GpuError */
export const explainJob = defineJob('explain', explain);

async function explain(
  { request, checkpoint, image }: ExplainInput,
  { gpu, now, signal, report: reportProgress }: JobContext<ExplainEvent>,
): Promise<ExplainAnswer> {
  const { config, state } = readCheckpoint(checkpoint, 'checkpoint');
  const device = await Device.open(gpu, { now });
  try {
    const explanations = new Explanations(await DenseNet.create(device, config, { state }));
    const start = now();
    const onProgress = (done: number, total: number) => reportProgress({ done, total });
    const found = await explanations.explain(image.slice(), request, { signal, onProgress });
    if (!found) throw new DenseNetError('config', 'the explanation was ended before it was done');
    const { map, attribution, completeness = null } = found;
    if (!map.values.every(Number.isFinite))
      throw new DenseNetError(
        'not-finite',
        'the explanation is not finite though the input and the weights are: values between them overflow float32',
      );
    const { height, width, signed, values } = map;
    const report: ExplainReport = { height, width, signed, completeness, milliseconds: now() - start };
    return { report, map: values, attribution };
  } finally {
    device.destroy();
  }
}
