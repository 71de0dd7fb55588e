// da[c, p] = sum over b of W[b, c] * dy[b, p], dy the corrected gradient of the convolution's output, masked as dropout
// masked that output (product.wgsl has the sum). With a norm ahead of it: z = x * scale + shift, g = da * [relu(z) is not 0],
// out += scale * g, and each tile leaves (sum g, sum g * (x - mean)) per channel, x - mean because sum g * x cancels where
// the mean is large; HAS_SUMS false: the norm's statistics are constants and need none. Without a norm out = da is stored.
const HAS_NORM = true;
const HAS_SUMS = true;
const HAS_DROPOUT = false;

struct Shape {
  inputs: u32, outputs: u32, columns: u32, stride4: u32, weight4: u32, tiles: u32,
  stream: u32, threshold: u32, factor: f32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;      // [B padded][C padded / 4], zeros beyond B and C
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;    // [B][stride / 4] as stored
@group(0) @binding(2) var<storage, read> y: array<vec4f>;           // [B][stride / 4] the convolution's output
@group(0) @binding(3) var<storage, read> correction: array<vec4f>;  // [B] a, b, mean
@group(0) @binding(4) var<storage, read> x: array<vec4f>;           // [C][stride / 4]
@group(0) @binding(5) var<storage, read> affine: array<vec4f>;      // [C] scale, shift, mean, invStd
@group(0) @binding(6) var<storage, read_write> out: array<vec4f>;   // [C][stride / 4]
@group(0) @binding(7) var<storage, read_write> sums: array<vec2f>;  // [C][tiles]
@group(0) @binding(8) var<uniform> shape: Shape;
@group(0) @binding(9) var<uniform> step: Step;

fn source4(at: u32, row: u32, column4: u32) -> vec4f {
  let value = corrected4(gradient[at], y[at], correction[row]);
  if (!HAS_DROPOUT) { return value; }
  let element = row * shape.columns + 4u * column4;
  return value * keep4(step.seed, shape.stream, element, shape.threshold, shape.factor);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  var sum: array<vec4f, SUMS>;
  multiply(&sum, shape.outputs, group, thread);

  // Sums of g and of g * (x - mean) over this thread's columns.
  var plain: array<vec4f, ROW_VECTORS>;
  var centred: array<vec4f, ROW_VECTORS>;
  let column_thread = thread % COLUMN_THREADS;
  for (var m = 0u; m < ROWS; m++) { // unroll
    let row = group.x * TILE_M + row_in_tile(m, thread);
    if (row < shape.inputs) {
      for (var j = 0u; j < VECTORS; j++) { // unroll
        let column4 = group.y * (TILE_P / 4u) + column_thread + j * COLUMN_THREADS;
        if (HAS_NORM) {
          let norm = affine[row];
          let at = row * shape.stride4 + min(column4, shape.stride4 - 1u);
          let value = x[at];
          let columns = inside(column4);
          let open = passes4(fma(value, vec4f(norm.x), vec4f(norm.y)));
          let g = select(vec4f(0.0), sum[m * VECTORS + j], columns & open);
          store(row, column4, fma(vec4f(norm.x), g, out[at]));
          if (HAS_SUMS) {
            plain[m / 4u][m % 4u] += dot(g, vec4f(1.0));
            centred[m / 4u][m % 4u] += dot(g, select(vec4f(0.0), value - vec4f(norm.z), columns));
          }
        } else {
          store(row, column4, sum[m * VECTORS + j]);
        }
      }
    }
  }
  if (HAS_NORM && HAS_SUMS) {
    let all = over_columns(plain, thread);
    let all_centred = over_columns(centred, thread);
    for (var m = 0u; m < ROWS; m++) { // unroll
      let row = group.x * TILE_M + row_in_tile(m, thread);
      if (column_thread == 0u && row < shape.inputs) {
        sums[row * shape.tiles + group.y] = vec2f(all[m / 4u][m % 4u], all_centred[m / 4u][m % 4u]);
      }
    }
  }
}
