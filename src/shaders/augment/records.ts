// The table of what is done to each image, as the kernels of this family read it: the codes of codes.wgsl and compose.wgsl,
// and how many words a record has.

/** Codes of operations; from `brightness` on, those that map byte to byte. */
export const CODES = {
  identity: 0,
  resize: 1,
  affine: 2,
  saturation: 3,
  hue: 4,
  sharpness: 5,
  brightness: 6,
  contrast: 7,
  posterize: 8,
  solarize: 9,
  autocontrast: 10,
  equalize: 11,
} as const;

/** u32 per image and operation: the code, then its numbers, u32 or the bits of f32. */
export const OPERATION_WORDS = 8;

/** u32 per image: how it is shifted, erased and mixed. */
export const COMPOSITION_WORDS = 16;
/** Where in them a mixture lies: (partner, weight, how, -). */
export const MIXTURE_WORD = 8;

/** Bits of a composition's first word. */
export const FLIPS = { mirror: 1, vertical: 2 } as const;

/** How an image is mixed with its partner. */
export const MIXTURES = { none: 0, mean: 1, rectangle: 2 } as const;
