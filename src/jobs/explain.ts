// The job `explain`: why a checkpoint's network gives one image its logit of one class.

import { Explanations } from '../densenet/explain/explanations.ts';
import type { ExplainRequest } from '../densenet/explain/methods.ts';
import { DenseNet } from '../densenet/model.ts';
import { readCheckpoint } from '../densenet/train/checkpoint.ts';
import { Device } from '../runtime/device.ts';
import { DenseNetError } from '../runtime/errors.ts';
import type { Job } from './job.ts';
import { attachment, message } from './message.ts';

/** What it tells while it runs, where there is more than one run. */
export type ExplainEvent = { readonly done: number; readonly total: number };

/** The answer's head. Attachments, float32: `map` [height][width], and `attribution` [C][H][W] where there is one. */
export type ExplainReport = {
  readonly height: number;
  readonly width: number;
  readonly signed: boolean;
  readonly completeness: { readonly error: number; readonly difference: number } | null;
  /** The explanation alone, its plan made: milliseconds. */
  readonly milliseconds: number;
};

/**
 * Takes ExplainRequest as the head, attachments `checkpoint` and `image`, float32 [C][H][W] normalised.
 * @throws ConfigError, DataError, LimitError, NoGpuError, GpuError
 */
export const explainJob: Job = async (input, { gpu, now, signal, report }) => {
  const request = input.head as unknown as ExplainRequest;
  const { config, state } = readCheckpoint(attachment(input, 'checkpoint'), 'checkpoint');
  const image = new Float32Array(attachment(input, 'image').slice().buffer);
  const device = await Device.open(gpu, { now });
  try {
    const explanations = new Explanations(await DenseNet.create(device, config, { state }));
    const start = now();
    const onProgress = (done: number, total: number) => report({ done, total } satisfies ExplainEvent);
    const found = await explanations.explain(image, request, { signal, onProgress });
    if (!found) throw new DenseNetError('config', 'the explanation was ended before it was done');
    const { map, attribution, completeness = null } = found;
    if (!map.values.every(Number.isFinite))
      throw new DenseNetError(
        'not-finite',
        'the explanation is not finite though the input and the weights are: values between them overflow float32',
      );
    const { height, width, signed } = map;
    const head: ExplainReport = { height, width, signed, completeness, milliseconds: now() - start };
    const bytes = ({ buffer }: Float32Array<ArrayBuffer>) => new Uint8Array(buffer);
    return message(head, { map: bytes(map.values), ...(attribution && { attribution: bytes(attribution) }) });
  } finally {
    device.destroy();
  }
};
