// out[c, q] = mean over a 2x2 window of relu(x[c, p] * scale[c] + shift[c]), ahead of the transition's 1x1 convolution,
// with which it commutes: a quarter of the arithmetic (Huang et al., section 3, "Pooling layers"). As PyTorch's
// AvgPool2d(2), an odd last row or column is dropped. One invocation an output pixel; a workgroup stays in one channel.
const WORKGROUP: u32 = 64u;

struct Shape { images: u32, height: u32, width: u32, stride: u32, out_stride: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;              // [C][stride]
@group(0) @binding(1) var<storage, read> affine: array<vec4f>;       // [C] scale, shift, mean, invStd
@group(0) @binding(2) var<storage, read_write> out: array<f32>;      // [C][out_stride]
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let rows = shape.height / 2u;
  let columns = shape.width / 2u;
  let pooled = shape.images * rows * columns;
  let q = min(id.x, pooled - 1u);
  let image = q / (rows * columns);
  let top = image * shape.height * shape.width + 2u * (q / columns % rows) * shape.width;
  let corner = id.y * shape.stride + top + 2u * (q % columns);
  let norm = affine[id.y];
  let upper = activate(x[corner], norm) + activate(x[corner + 1u], norm);
  let lower = activate(x[corner + shape.width], norm) + activate(x[corner + shape.width + 1u], norm);
  store(id, pooled, (upper + lower) * 0.25);
}
