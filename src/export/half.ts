// Weights in half the bytes: what multiplies is stored as float16, rounded to nearest, and what is added or divided by (norms,
// biases, statistics) stays float32, as PyTorch's own mixed precision keeps it. Readers make float32 of both.

import { type Tensor, toFloat32 } from '../data/tensor.ts';
import { StateError } from '../runtime/errors.ts';
import { float16Bits } from '../runtime/float16.ts';

/** The largest float16. */
const LARGEST = 65504;

/**
 * A float32 tensor of two dimensions or more as float16; any other as it is.
 * @throws StateError naming the tensor where a value is beyond float16's range
 */
export function halfTensor(name: string, tensor: Tensor): Tensor {
  if (tensor.dtype !== 'F32' || tensor.shape.length < 2) return tensor;
  const values = toFloat32(tensor);
  const large = values.find((value) => !(Math.abs(value) <= LARGEST));
  if (large !== undefined) throw new StateError(name, `holds ${large}, and float16 ends at ${LARGEST}: export float32`);
  return { dtype: 'F16', shape: tensor.shape, bytes: new Uint8Array(float16Bits(values).buffer) };
}

/** Every tensor of a file as `halfTensor`. @throws StateError */
export const halfTensors = (tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
  new Map([...tensors].map(([name, tensor]) => [name, halfTensor(name, tensor)]));
