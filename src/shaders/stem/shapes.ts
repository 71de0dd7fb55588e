// The ImageNet stem's shapes: a 7x7 convolution of stride 2 and padding 3 (Huang et al., table 1). Every kernel of the
// family takes the same maps; M outputs, C inputs, P = images * height * width input columns, and P' output columns.

export interface StemSize {
  /** Image channels, C. */
  readonly inputs: number;
  /** Feature channels, M. */
  readonly outputs: number;
  readonly images: number;
  /** Of the image. The output has half of it, rounded up. */
  readonly height: number;
  readonly width: number;
  /** Floats from one image channel's row of P pixels to the next. */
  readonly stride: number;
  /** Floats from one feature channel's row of P' pixels to the next. */
  readonly outStride: number;
}

/** floor((height + 2 * 3 - 7) / 2) + 1 */
export const outputHeight = (s: StemSize): number => (s.height + 1) >> 1;
export const outputWidth = (s: StemSize): number => (s.width + 1) >> 1;
/** P' */
export const outputColumns = (s: StemSize): number => s.images * outputHeight(s) * outputWidth(s);

/** Arithmetic of the convolution or either of its gradients: a multiply-add is two. */
export const convolutionFlops = (s: StemSize): number => 2 * 49 * s.inputs * s.outputs * outputColumns(s);

/** The uniform that all kernels of the family share. */
export const STEM_FIELDS = {
  inputs: 'u32',
  outputs: 'u32',
  height: 'u32',
  width: 'u32',
  out_height: 'u32',
  out_width: 'u32',
  stride: 'u32',
  out_stride: 'u32',
} as const;

export const stemFields = (s: StemSize) => ({
  inputs: s.inputs,
  outputs: s.outputs,
  height: s.height,
  width: s.width,
  out_height: outputHeight(s),
  out_width: outputWidth(s),
  stride: s.stride,
  out_stride: s.outStride,
});
