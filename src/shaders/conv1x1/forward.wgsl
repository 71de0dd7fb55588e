// out[m, p] = sum over k of W[m, k] * a[k, p], a = relu(x * scale + shift) or x itself: the 1x1 convolution of a whole
// batch as one matrix product (product.wgsl). Training: the dropout mask, then each tile leaves (count, mean, M2) of its
// columns per channel. Inference: relu(sum + bias).
const HAS_PROLOGUE = true;
const HAS_STATISTICS = false;
const HAS_BIAS = false;
const HAS_DROPOUT = false;

struct Shape {
  inputs: u32, outputs: u32, columns: u32, stride4: u32, weight4: u32, tiles: u32,
  stream: u32, threshold: u32, factor: f32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;         // [K padded][M padded / 4], zeros beyond K and M
@group(0) @binding(1) var<storage, read> x: array<vec4f>;              // [K][stride / 4]
@group(0) @binding(2) var<storage, read> affine: array<vec4f>;         // [K] scale, shift, mean, invStd
@group(0) @binding(3) var<storage, read> bias: array<f32>;             // [M]
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;      // [M][stride / 4]
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>; // [M][tiles] count, mean, M2, 0
@group(0) @binding(6) var<uniform> shape: Shape;
@group(0) @binding(7) var<uniform> step: Step;

fn source4(at: u32, row: u32, column4: u32) -> vec4f {
  if (HAS_PROLOGUE) { return activate4(x[at], affine[row]); }
  return x[at];
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  var sum: array<vec4f, SUMS>;
  multiply(&sum, shape.inputs, group, thread);

  let first4 = group.y * (TILE_P / 4u) + thread % COLUMN_THREADS;
  for (var m = 0u; m < ROWS; m++) { // unroll
    for (var j = 0u; j < VECTORS; j++) { // unroll
      sum[m * VECTORS + j] = finish(m, first4 + j * COLUMN_THREADS, sum[m * VECTORS + j], group, thread);
    }
  }
  if (HAS_STATISTICS) {
    let count = f32(min(TILE_P, shape.columns - group.y * TILE_P));
    var values: array<vec4f, ROW_VECTORS>;
    for (var j = 0u; j < VECTORS; j++) { // unroll
      let columns = inside(first4 + j * COLUMN_THREADS);
      for (var m = 0u; m < ROWS; m++) { // unroll
        values[m / 4u][m % 4u] += dot(select(vec4f(0.0), sum[m * VECTORS + j], columns), vec4f(1.0));
      }
    }
    var mean = over_columns(values, thread);
    for (var i = 0u; i < ROW_VECTORS; i++) { // unroll
      mean[i] /= count;
    }
    values = array<vec4f, ROW_VECTORS>();
    for (var j = 0u; j < VECTORS; j++) { // unroll
      let columns = inside(first4 + j * COLUMN_THREADS);
      for (var m = 0u; m < ROWS; m++) { // unroll
        values[m / 4u][m % 4u] += square(select(vec4f(0.0), sum[m * VECTORS + j] - vec4f(mean[m / 4u][m % 4u]), columns));
      }
    }
    let squares = over_columns(values, thread);
    for (var m = 0u; m < ROWS; m++) { // unroll
      put_statistics(m, vec4f(count, mean[m / 4u][m % 4u], squares[m / 4u][m % 4u], 0.0), group, thread);
    }
  }
}

// Stores four columns of a thread's m-th row, from the sums; returns what readers will read.
fn finish(m: u32, column4: u32, sum: vec4f, group: vec3u, thread: u32) -> vec4f {
  let row = group.x * TILE_M + row_in_tile(m, thread);
  var value = sum;
  if (HAS_DROPOUT) {
    let element = row * shape.columns + 4u * column4;
    value *= keep4(step.seed, shape.stream, element, shape.threshold, shape.factor);
  }
  if (row >= shape.outputs) { return value; }
  if (HAS_BIAS) { value = relu4(value + vec4f(bias[row])); }
  return store(row, column4, value);
}

fn square(value: vec4f) -> f32 {
  return dot(value, value);
}

fn put_statistics(m: u32, all: vec4f, group: vec3u, thread: u32) {
  let row = group.x * TILE_M + row_in_tile(m, thread);
  if (thread % COLUMN_THREADS == 0u && row < shape.outputs) { partials[row * shape.tiles + group.y] = all; }
}
