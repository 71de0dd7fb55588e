// Class activation maps (Zhou et al., 1512.04150): where in the image a class's logit comes from. A DenseNet ends in
// BN-ReLU, global average pooling and a linear layer, so the map is exact and needs no gradient:
//   logit[k] = bias[k] + mean over (h, w) of map[k],   map[k] = sum over c of weight[k][c] * relu(norm5(x[c])).
// It costs no pass beyond the prediction's own, only the reading of what that left behind.

import { ConfigError } from '../../runtime/errors.ts';
import { slice } from '../../runtime/program.ts';
import type { Inference } from '../inference.ts';

/** What a network's end looked like after a run: everything that a map of any class and image needs. */
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
  /** vec4 a channel: the scale and shift of norm5, and two more. */
  readonly affine: Float32Array;
  /** [classes][channels] */
  readonly weight: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
}

/**
 * The end of the network as the last run left it; call it before the next run.
 * @throws ConfigError where the runner was made without `keepFeatures`, DeviceLostError
 */
export async function readHead(inference: Inference): Promise<Head> {
  const { plan, model } = inference;
  const { features } = plan.io;
  if (!features) throw new ConfigError('keepFeatures', false, 'leaves no features to explain; make it true');
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
 * @throws ConfigError for an image or a class that is not there
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
  throw new ConfigError(field, value, `is not there: the run had ${count}, counted from 0`);
}
