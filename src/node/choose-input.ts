// The size and the channels that fit the images of a data set, chosen after a look at each file's header.

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

/** Sizes that networks are usually trained on: CIFAR's, Tiny ImageNet's, STL-10's, ImageNet's. */
const USUAL_SIZES = [224, 160, 128, 96, 64, 48, 32];

/** Photographs of one camera have one size too, but no network is trained on that. */
const LARGEST_OWN = 512;

/**
 * The images' own size where all have the same, up to 512 pixels; else the largest usual square that nine of ten images cover
 * without being enlarged.
 */
export function chooseSize(probes: readonly Pick<ImageProbe, 'height' | 'width'>[]): {
  height: number;
  width: number;
  why: string;
} {
  const [first] = probes;
  if (
    first &&
    Math.max(first.height, first.width) <= LARGEST_OWN &&
    probes.every(({ height, width }) => height === first.height && width === first.width)
  ) {
    const { height, width } = first;
    return { height, width, why: `size ${height} x ${width}: that of all images` };
  }
  const sides = probes.map(({ height, width }) => Math.min(height, width)).sort((a, b) => a - b);
  const tenth = sides[Math.floor(sides.length / 10)] ?? 32;
  const side = USUAL_SIZES.find((usual) => usual <= tenth) ?? USUAL_SIZES.at(-1) ?? 32;
  const range = `shorter sides are ${sides[0] ?? 0} to ${sides.at(-1) ?? 0} pixels`;
  return {
    height: side,
    width: side,
    why: `size ${side} x ${side}: ${range}; the shorter side is resized, then the middle is cropped (\`size\` chooses another; --size on the command line)`,
  };
}
