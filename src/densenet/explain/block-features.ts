// The feature maps inside a dense block, as the last run left them in its buffer: rows of channels, so that any layer's
// output is a range of them.

import { ConfigError } from '../../runtime/errors.ts';
import type { Inference } from '../inference.ts';

/** Channels [first, first + count) of a block. */
export interface ChannelRange {
  readonly block: number;
  readonly first: number;
  readonly count: number;
}

/**
 * Feature maps of one image of the last run, [count][height][width] as they were written: before the norm of any reader.
 * @throws ConfigError where the runner was not made with keepFeatures 'all', or there is no such block, channel or
 * image; DeviceLostError
 */
export async function readBlockFeatures(
  inference: Inference,
  { block, first, count }: ChannelRange,
  image = 0,
): Promise<Float32Array<ArrayBuffer>> {
  const { allFeatures } = inference.plan.io;
  if (!allFeatures) throw new ConfigError('keepFeatures', 'not all', "leaves no blocks to read; make it 'all'");
  const features = allFeatures[block];
  const channels = inference.model.network.blocks[block]?.channels;
  if (!features || channels === undefined) {
    throw new ConfigError('block', block, `is not there: the network has ${allFeatures.length}, counted from 0`);
  }
  if (!Number.isInteger(first) || !Number.isInteger(count) || first < 0 || count < 1 || first + count > channels) {
    throw new ConfigError('channels', `${first} to ${first + count}`, `are not there: the block has ${channels}`);
  }
  const { map, stride, images } = features.grid;
  if (!Number.isInteger(image) || image < 0 || image >= images) {
    throw new ConfigError('image', image, `is not there: the run had ${images}, counted from 0`);
  }
  const rows = await inference.read(features.rows(first, count));
  const area = map.height * map.width;
  const maps = new Float32Array(count * area);
  for (let c = 0; c < count; c++) {
    const start = c * stride + image * area;
    maps.set(rows.subarray(start, start + area), c * area);
  }
  return maps;
}
