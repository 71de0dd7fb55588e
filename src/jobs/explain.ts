// The jobs of explanation: why a checkpoint's network gives an image its logit of one class. `explain` takes everything at
// once; `open-explainer`, `run-explainer` and `close-explainer` keep network, plan and GPU from one image to the next.

import { Explanations } from '../densenet/explain/explanations.ts';
import type { ExplainRequest } from '../densenet/explain/methods.ts';
import { DenseNet } from '../densenet/model.ts';
import { readCheckpoint } from '../densenet/train/checkpoint.ts';
import { Device } from '../runtime/device.ts';
import { ConfigError, DenseNetError } from '../runtime/errors.ts';
import { defineJob, type JobContext, jobRegistry } from './define-job.ts';

/** Asked of `open-explainer`. */
export interface OpenExplainerRequest {
  /** A safetensors file. */
  readonly checkpoint: Uint8Array;
}

/** Asked of `run-explainer`. */
export interface RunExplainerRequest {
  readonly request: ExplainRequest;
  /** [C][H][W], normalised. */
  readonly image: Float32Array;
}

/** What an explanation starts from. */
export interface ExplainInput extends OpenExplainerRequest, RunExplainerRequest {}

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

class OpenExplainer {
  private constructor(
    private readonly device: Device,
    private readonly explanations: Explanations,
  ) {}

  /** @throws DataError, LimitError, NoGpuError, GpuError */
  static async open({ checkpoint }: OpenExplainerRequest, { gpu, now }: Pick<JobContext, 'gpu' | 'now'>) {
    const { config, state } = readCheckpoint(checkpoint, 'checkpoint');
    const device = await Device.open(gpu, { now });
    try {
      return new OpenExplainer(device, new Explanations(await DenseNet.create(device, config, { state })));
    } catch (error) {
      device.destroy();
      throw error;
    }
  }

  /** @throws ConfigError for a request that the network does not fit, LimitError, GpuError; DenseNetError ('not-finite') */
  async answer(
    { request, image }: RunExplainerRequest,
    { now, signal, report: reportProgress }: JobContext<ExplainEvent>,
  ): Promise<ExplainAnswer> {
    const start = now();
    const onProgress = (done: number, total: number) => reportProgress({ done, total });
    const found = await this.explanations.explain(image.slice(), request, { signal, onProgress });
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
  }

  close(): void {
    this.device.destroy();
  }
}

/** The jobs of one host: it has one explainer open at a time. */
export function explainJobs() {
  let open: OpenExplainer | undefined;
  const close = () => {
    open?.close();
    open = undefined;
  };
  return jobRegistry(
    defineJob('explain', async (input: ExplainInput, context: JobContext<ExplainEvent>) => {
      const explainer = await OpenExplainer.open(input, context);
      try {
        return await explainer.answer(input, context);
      } finally {
        explainer.close();
      }
    }),
    defineJob('open-explainer', async (request: OpenExplainerRequest, context) => {
      close();
      open = await OpenExplainer.open(request, context);
    }),
    defineJob('run-explainer', async (input: RunExplainerRequest, context: JobContext<ExplainEvent>) => {
      if (!open) throw new ConfigError('run-explainer', null, 'needs an explainer; ask for open-explainer first');
      return open.answer(input, context);
    }),
    defineJob('close-explainer', async () => close()),
  );
}
