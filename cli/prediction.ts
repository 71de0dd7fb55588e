// Prepared images through a checkpoint on a host.
import type { Normalisation } from '../src/densenet/normalisation.ts';
import type { Precision } from '../src/densenet/plan/precision.ts';
import { attachment, message } from '../src/hosts/message.ts';
import { DenseNetError } from '../src/runtime/errors.ts';
import type { Session } from './host/session.ts';

/**
 * One row of logits for each image.
 * @param images each [C][H][W], 8 bits, all of the checkpoint's input size
 * @throws DenseNetError ('not-finite') naming the image for which the network's values overflow
 */
export async function predictLogits(
  session: Session,
  checkpoint: Uint8Array,
  images: readonly { readonly name: string; readonly pixels: Uint8Array }[],
  normalisation: Normalisation,
  precision: Precision = 'f32',
): Promise<Float32Array[]> {
  const bytes = images[0]?.pixels.length ?? 0;
  const all = new Uint8Array(bytes * images.length);
  for (const [i, { pixels }] of images.entries()) all.set(pixels, i * bytes);
  const { mean, std } = normalisation;
  const head = { count: images.length, normalisation: { mean: [...mean], std: [...std] }, precision };
  const result = await session.run('predict', message(head, { checkpoint, images: all }));
  const logits = new Float32Array(attachment(result, 'logits').slice().buffer);
  const classes = logits.length / images.length;
  return images.map(({ name }, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    if (row.every(Number.isFinite)) return row;
    throw new DenseNetError('not-finite', `${name}: the network's output is not finite; its weights are too large`);
  });
}
