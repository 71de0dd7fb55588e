// The size that fits the images of a data set.

/** Sizes that networks are usually trained on: CIFAR's, Tiny ImageNet's, STL-10's, ImageNet's. */
const USUAL_SIZES = [224, 160, 128, 96, 64, 48, 32];

/** Photographs of one camera have one size too, but no network is trained on that. */
const LARGEST_OWN = 512;

/**
 * The images' own size where all have the same, up to 512 pixels; else the largest usual square that nine of ten images cover
 * without being enlarged.
 */
export function chooseSize(probes: readonly { readonly height: number; readonly width: number }[]): {
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
