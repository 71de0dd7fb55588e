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
  var added: array<vec2f, ROWS>;
  for (var m = 0u; m < ROWS; m++) { // unroll
    for (var j = 0u; j < VECTORS; j++) { // unroll
      added[m] += finish(m, j, sum[m * VECTORS + j], group, thread);
    }
  }
  if (HAS_NORM && HAS_SUMS) {
    var plain: array<vec4f, ROW_VECTORS>;
    var centred: array<vec4f, ROW_VECTORS>;
    for (var m = 0u; m < ROWS; m++) { // unroll
      plain[m / 4u][m % 4u] = added[m].x;
      centred[m / 4u][m % 4u] = added[m].y;
    }
    let all = over_columns(plain, thread);
    let all_centred = over_columns(centred, thread);
    for (var m = 0u; m < ROWS; m++) { // unroll
      put_sums(m, vec2f(all[m / 4u][m % 4u], all_centred[m / 4u][m % 4u]), group, thread);
    }
  }
}

// Stores four columns, from da; returns what they add to the sums of their row.
fn finish(m: u32, j: u32, da: vec4f, group: vec3u, thread: u32) -> vec2f {
  let row = group.x * TILE_M + row_in_tile(m, thread);
  let column4 = group.y * (TILE_P / 4u) + thread % COLUMN_THREADS + j * COLUMN_THREADS;
  if (row >= shape.inputs) { return vec2f(); }
  if (!HAS_NORM) {
    store(row, column4, da);
    return vec2f();
  }
  let norm = affine[row];
  let at = row * shape.stride4 + min(column4, shape.stride4 - 1u);
  let value = x[at];
  let columns = inside(column4);
  let open = passes4(fma(value, vec4f(norm.x), vec4f(norm.y)));
  let g = select(vec4f(0.0), da, columns & open);
  store(row, column4, fma(vec4f(norm.x), g, out[at]));
  if (!HAS_SUMS) { return vec2f(); }
  return vec2f(dot(g, vec4f(1.0)), dot(g, select(vec4f(0.0), value - vec4f(norm.z), columns)));
}

fn put_sums(m: u32, all: vec2f, group: vec3u, thread: u32) {
  let row = group.x * TILE_M + row_in_tile(m, thread);
  if (thread % COLUMN_THREADS == 0u && row < shape.inputs) { sums[row * shape.tiles + group.y] = all; }
}
