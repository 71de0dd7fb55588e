// Prepared images through a checkpoint on a host.
import type { Normalisation } from '../src/densenet/normalisation.ts';
import type { Precision } from '../src/densenet/plan/precision.ts';
import { attachment, message } from '../src/hosts/message.ts';
import { DenseNetError } from '../src/runtime/errors.ts';
import type { Session } from './host/session.ts';

/** Images that are prepared, of one size. */
export interface PreparedImage {
  /** What errors call it. */
  readonly name: string;
  /** [C][H][W], 8 bits; or float32, normalised already. */
  readonly pixels: Uint8Array | Float32Array<ArrayBuffer>;
}

/**
 * One row of logits for each image.
 * @param images all of the checkpoint's input size, all bytes or all float32
 * @param normalisation of bytes; undefined for float32
 * @throws DenseNetError ('not-finite') naming the image for which the network's values overflow
 */
export async function predictLogits(
  session: Session,
  checkpoint: Uint8Array,
  images: readonly PreparedImage[],
  normalisation: Normalisation | undefined,
  precision: Precision = 'f32',
): Promise<Float32Array[]> {
  const parts = images.map(({ pixels }) => new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  const bytes = parts[0]?.length ?? 0;
  const all = new Uint8Array(bytes * parts.length);
  for (const [i, part] of parts.entries()) all.set(part, i * bytes);
  const range = normalisation && { mean: [...normalisation.mean], std: [...normalisation.std] };
  const head = { count: images.length, ...(range && { normalisation: range }), precision };
  const result = await session.run('predict', message(head, { checkpoint, images: all }));
  const logits = new Float32Array(attachment(result, 'logits').slice().buffer);
  const classes = logits.length / images.length;
  return images.map(({ name }, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    if (row.every(Number.isFinite)) return row;
    throw new DenseNetError('not-finite', `${name}: the network's output is not finite; its weights are too large`);
  });
}
