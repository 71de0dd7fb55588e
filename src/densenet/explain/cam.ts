// What the network's head says in closed form: a DenseNet ends in BN-ReLU, global average pooling and a linear layer. Class
// activation maps (Zhou et al., 1512.04150), where in the image a class's logit comes from, are exact and need no gradient:
//   logit[k] = bias[k] + mean over (h, w) of map[k],   map[k] = sum over c of weight[k][c] * relu(norm5(x[c]));
// and the gradient after the last block, of which Grad-CAM at norm5 and relu5 is made, is the same at every pixel:
//   d (seeds . logits) / d relu5[c] = sum over k of seeds[k] * weight[k][c] / (H * W),
// before the ReLU only where norm5's output is positive. Neither costs a pass beyond the prediction's own, only reading what
// that left behind.

import { ConfigError } from '../../runtime/errors.ts';
import { slice } from '../../runtime/program.ts';
import type { Inference } from '../inference.ts';

/** The head's inputs and weights after a run: everything that the map of any class and image needs. */
export interface Head {
  /** Channels of the last block. */
  readonly channels: number;
  /** Number of classes. */
  readonly classes: number;
  /** Of the last block's maps. */
  readonly height: number;
  /** Of the last block's maps. */
  readonly width: number;
  /** Images of the run. */
  readonly images: number;
  /** [channels][stride]: a channel's images x height x width values, before norm5. */
  readonly features: Float32Array;
  /** Floats from one channel to the next: images x height x width, padded to 64. */
  readonly stride: number;
  /** vec4 per channel: scale and shift of norm5, and two more. */
  readonly affine: Float32Array;
  /** [classes][channels] */
  readonly weight: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
}

/**
 * The head as the last run left it; call it before the next run.
 * @throws ConfigError where the runner was made without `keepFeatures`, DeviceLostError
 */
export async function readHead(inference: Inference): Promise<Head> {
  const { plan, model } = inference;
  const { features } = plan.io;
  if (!features) throw new ConfigError('keepFeatures', false, 'keeps no features to explain; set it to true');
  const { norm5, classifier, config } = model.network;
  const { parameters } = plan.builder;
  const parameter = ({ offset, count }: { offset: number; count: number }) => slice(parameters, offset * 4, count * 4);
  const [values, affine, weight, bias] = await Promise.all([
    inference.read(features.region),
    inference.read(plan.builder.affine(norm5)),
    inference.read(parameter(classifier.weight)),
    inference.read(parameter(classifier.bias)),
  ]);
  const { map, stride, images } = features.grid;
  const { channels } = norm5;
  return { channels, classes: config.classes, ...map, images, features: values, stride, affine, weight, bias };
}

/**
 * The map of one class for one image of the run, [height][width] in logits: its mean plus the class's bias is the logit.
 * @throws ConfigError for an image or a class out of range
 */
export function classActivationMap(head: Head, image: number, label: number): Float32Array<ArrayBuffer> {
  const { channels, stride, features, affine, weight } = head;
  within('image', image, head.images);
  within('class', label, head.classes);
  const area = head.height * head.width;
  const map = new Float32Array(area);
  for (let c = 0; c < channels; c++) {
    const scale = affine[4 * c] ?? 0;
    const shift = affine[4 * c + 1] ?? 0;
    const w = weight[label * channels + c] ?? 0;
    const start = c * stride + image * area;
    for (let i = 0; i < area; i++) {
      map[i] = (map[i] ?? 0) + w * Math.max(0, (features[start + i] ?? 0) * scale + shift);
    }
  }
  return map;
}

function within(field: string, value: number, count: number): void {
  if (Number.isInteger(value) && value >= 0 && value < count) return;
  throw new ConfigError(field, value, `is out of range: there are ${count}, counted from 0`);
}

export interface HeadInput {
  /** [count][C][H][W], the last block's, before norm5. */
  readonly features: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
  /** vec4 per channel of norm5: scale, shift, and two more. */
  readonly affine: Float32Array;
  /** [classes][C] */
  readonly weight: Float32Array;
  /** [count][classes] */
  readonly seeds: Float32Array;
  readonly count: number;
}

/** norm5's output and its gradient, [count][C][H][W]; `isRelu`: after its ReLU. */
export function headGradient(
  { features, shape, affine, weight, seeds, count }: HeadInput,
  isRelu: boolean,
): { values: Float32Array<ArrayBuffer>; gradient: Float32Array<ArrayBuffer> } {
  const [channels, height, width] = shape;
  const area = height * width;
  const classes = weight.length / channels;
  const values = new Float32Array(count * channels * area);
  const gradient = new Float32Array(values.length);
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      let pooled = 0;
      for (let k = 0; k < classes; k++) pooled += (seeds[n * classes + k] ?? 0) * (weight[k * channels + c] ?? 0);
      const scale = affine[4 * c] ?? 0;
      const shift = affine[4 * c + 1] ?? 0;
      const first = (n * channels + c) * area;
      for (let i = first; i < first + area; i++) {
        const value = (features[i] ?? 0) * scale + shift;
        values[i] = isRelu ? Math.max(0, value) : value;
        gradient[i] = isRelu || value > 0 ? pooled / area : 0;
      }
    }
  }
  return { values, gradient };
}
