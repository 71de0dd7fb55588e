// Shapes of the convolution that an image enters by: 7x7 (Huang et al., table 1) or 3x3 (deep stems), of stride 2, padded by
// half its size. Every kernel of the family takes the same maps; M outputs, C inputs, P = images * height * width input
// columns, and P' output columns.

export interface StemSize {
  /** Height and width of the convolution's kernel: 7 or 3. */
  readonly kernelSize: number;
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

/** floor((height + 2 * floor(kernelSize / 2) - kernelSize) / 2) + 1, for any odd size of the kernel. */
export const outputHeight = (s: StemSize): number => (s.height + 1) >> 1;
export const outputWidth = (s: StemSize): number => (s.width + 1) >> 1;
/** P' */
export const outputColumns = (s: StemSize): number => s.images * outputHeight(s) * outputWidth(s);

/** Elements of the kernel. */
export const tapsOf = ({ kernelSize }: StemSize): number => kernelSize * kernelSize;

/** Arithmetic of the convolution or either of its gradients: a multiply-add is two. */
export const convolutionFlops = (s: StemSize): number => 2 * tapsOf(s) * s.inputs * s.outputs * outputColumns(s);

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
