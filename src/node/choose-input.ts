// The size and the channels that fit the images of a data set, chosen after a look at each file's header.

import { chooseSize } from '../data/choose-size.ts';
import type { DecodePool } from './decode-pool.ts';
import { type DecodeOptions, inOrder } from './decode-queue.ts';
import type { ImageProbe } from './decode-task.ts';
import type { ImageFile } from './image-files.ts';

/** What fits all images, after a look at each. */
export async function chooseInput(files: readonly ImageFile[], options: DecodeOptions, pool: DecodePool) {
  const { wanted, pictures, signal, onProgress } = options;
  const probes: ImageProbe[] = [];
  let done = 0;
  for await (const outcome of inOrder(files, pool, (file) => ({ file, options: pictures }), signal)) {
    done++;
    if (outcome.kind === 'probe') probes.push(outcome.probe);
    onProgress?.({ stage: 'measure', done, total: files.length });
  }
  const grey = probes.length > 0 && probes.every(({ channels }) => channels === 1);
  const channels = wanted.channels ?? (grey ? 1 : 3);
  const own = wanted.height !== undefined && wanted.width !== undefined ? undefined : chooseSize(probes);
  const size = own ?? { height: wanted.height ?? 1, width: wanted.width ?? 1, why: undefined };
  const chosen = [
    ...(size.why === undefined ? [] : [size.why]),
    ...(wanted.channels === undefined
      ? [grey ? '1 channel: all images are grey' : '3 channels: some images have colours']
      : []),
  ];
  return { input: { ...wanted, channels, height: size.height, width: size.width }, chosen };
}
