// Every way in which a network may begin, once: its convolutions, each but perhaps the last followed by BN-ReLU, and
// whether a pooling follows. Where there is none, the first dense layer's own norm reads the last convolution.

/** The convolutions that there are kernels for: height and width of the kernel, and stride. All pad by half their size. */
export const CONVOLUTIONS = {
  '1x1': { size: 1, stride: 1 },
  '3x3': { size: 3, stride: 1 },
  '3x3/2': { size: 3, stride: 2 },
  '7x7/2': { size: 7, stride: 2 },
} as const;

export type ConvolutionKind = keyof typeof CONVOLUTIONS;

interface StemConvolution {
  readonly kind: ConvolutionKind;
  channels(config: { readonly initialChannels: number; readonly growthRate: number }): number;
}

export interface StemDefinition {
  /** Its name for people, short. */
  readonly label: string;
  readonly convolutions: readonly [StemConvolution, ...StemConvolution[]];
  /** BN, ReLU and a 3x3 stride-2 max pooling follow. */
  readonly pool: boolean;
  /** What networks with it are usually trained on, where nothing else says so. */
  readonly dataset: keyof typeof DATASETS;
}

/** Height and width of the images. */
const DATASETS = { cifar: 32, imagenet: 224 } as const;

export const STEMS = {
  /** One 3x3 convolution (paper, section 4.1: CIFAR and SVHN). */
  cifar: {
    label: '3x3',
    convolutions: [{ kind: '3x3', channels: ({ initialChannels }) => initialChannels }],
    pool: false,
    dataset: 'cifar',
  },
  /** A 7x7 stride-2 convolution and the pooling (paper, table 1: ImageNet). */
  imagenet: {
    label: '7x7',
    convolutions: [{ kind: '7x7/2', channels: ({ initialChannels }) => initialChannels }],
    pool: true,
    dataset: 'imagenet',
  },
  /** Three 3x3 convolutions, the first with stride 2, and the pooling: timm's stem_type 'deep', in its densenet121d. */
  deep: {
    label: 'deep',
    convolutions: [
      { kind: '3x3/2', channels: ({ growthRate }) => growthRate },
      { kind: '3x3', channels: ({ growthRate }) => growthRate },
      { kind: '3x3', channels: ({ initialChannels }) => initialChannels },
    ],
    pool: true,
    dataset: 'imagenet',
  },
} as const satisfies Readonly<Record<string, StemDefinition>>;

export type StemKind = keyof typeof STEMS;
const isStem = (name: string): name is StemKind => Object.hasOwn(STEMS, name);
export const STEM_KINDS: readonly StemKind[] = Object.keys(STEMS).filter(isStem);
/** A row of the table, where it does not matter which. */
export const stemOf = (kind: StemKind): StemDefinition => STEMS[kind];
/** Height and width of the images that networks with this stem usually take. */
export const usualSize = (kind: StemKind): number => DATASETS[stemOf(kind).dataset];
