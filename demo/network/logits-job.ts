// The job `tensor-logits`: the logits of the network in use for inputs that are prepared already, to be held against
// another program's, number for number.

import { readNpy } from '../../src/data/npy.ts';
import { toFloat32 } from '../../src/data/tensor.ts';
import { Inference } from '../../src/densenet/inference.ts';
import type { Jobs } from '../../src/jobs/job.ts';
import { attachment, type Message, message } from '../../src/jobs/message.ts';
import { DataError } from '../../src/runtime/errors.ts';
import type { Loaded } from '../engine/loaded.ts';
import type { Of } from '../engine/protocol.ts';

/** Images a run, at most. */
const BATCH = 8;

export const logitsJobs = (loaded: Loaded): Jobs => ({
  'tensor-logits': (input, { signal }) => {
    const { network, file } = input.head as TensorRequest;
    return loaded.serialWith(network, () => logitsOf(loaded, attachment(input, 'npy'), file, signal));
  },
});

/** Asked with the attachment `npy`, which errors call `file`. */
export type TensorRequest = Of & { readonly file: string };

/** Answers with the attachment `logits`, float32 [N][classes]. */
async function logitsOf(loaded: Loaded, bytes: Uint8Array, file: string, signal: AbortSignal): Promise<Message> {
  const tensor = readNpy(bytes, file);
  const { model } = loaded.inference;
  const { inputChannels, height, width, classes } = model.config;
  const wanted = [inputChannels, height, width];
  const [count = 0, ...shape] = tensor.shape.length === 3 ? [1, ...tensor.shape] : tensor.shape;
  if (count === 0 || String(shape) !== String(wanted)) {
    throw new DataError(file, 0, `has shape [${tensor.shape}]; the network in use takes [N, ${wanted.join(', ')}]`);
  }
  const values = toFloat32(tensor);
  const size = inputChannels * height * width;
  const logits = new Float32Array(count * classes);
  const inference = await Inference.create(model, { batch: Math.min(BATCH, count) });
  try {
    for (let at = 0; at < count; at += BATCH) {
      signal.throwIfAborted();
      const these = Math.min(BATCH, count - at);
      logits.set(await inference.logits(values.slice(at * size, (at + these) * size), these), at * classes);
    }
  } finally {
    inference.destroy();
  }
  return message(null, { logits: new Uint8Array(logits.buffer) });
}
