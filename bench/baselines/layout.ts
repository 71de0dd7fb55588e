// Weights between PyTorch's order and the channels-last order of TensorFlow.js.

/** A permutation of the axes of row-major values: axis `i` of the result is axis `order[i]` of `values`. */
export function permute(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): { readonly values: Float32Array<ArrayBuffer>; readonly shape: number[] } {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const target = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 1);
  const result = new Float32Array(values.length);
  const place = target.map(() => 0);
  let source = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[source] ?? Number.NaN;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      const next = (place[axis] ?? 0) + 1;
      source += steps[axis] ?? 0;
      if (next < (target[axis] ?? 0)) {
        place[axis] = next;
        break;
      }
      source -= next * (steps[axis] ?? 0);
      place[axis] = 0;
    }
  }
  return { values: result, shape: target };
}

/** OIHW to HWIO, and back. */
export const TO_HWIO = [2, 3, 1, 0] as const;
export const TO_OIHW = [3, 2, 0, 1] as const;
