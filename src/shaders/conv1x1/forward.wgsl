// out[m, p] = sum over k of W[m, k] * a[k, p], a = relu(x * scale + shift) or x itself: the 1x1 convolution of a whole
// batch as one matrix product. A workgroup computes a TILE_M x TILE_P tile, a thread THREAD_M x THREAD_P of it: rows in
// blocks of four ROW_THREADS apart, columns in vec4s COLUMN_THREADS apart, so that every load moves 16 bytes.
// BLOCKED_SUM: runs of 32 products are summed apart, for less rounding (parts/sums.ts).
// Training: dropout's mask, then each tile leaves (count, mean, M2) of its columns a channel. Inference: relu(sum + bias).
const TILE_M: u32 = 128u;
const TILE_P: u32 = 64u;
const TILE_K: u32 = 8u;
const THREAD_M: u32 = 8u;
const THREAD_P: u32 = 8u;
const SLICES: u32 = 1u;
const HAS_PROLOGUE = true;
const HAS_STATISTICS = false;
const HAS_BIAS = false;
const HAS_DROPOUT = false;
const BLOCKED_SUM = false;
const RUN = 32u / TILE_K; // steps that are summed apart, where BLOCKED_SUM

struct Shape {
  inputs: u32, outputs: u32, columns: u32, stride4: u32, weight4: u32, tiles: u32,
  stream: u32, threshold: u32, factor: f32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;         // [K padded][M padded / 4], zeros beyond K and M
@group(0) @binding(1) var<storage, read> x: array<vec4f>;              // [K][stride / 4]
@group(0) @binding(2) var<storage, read> affine: array<vec4f>;         // [K] scale, shift, mean, 1 / deviation
@group(0) @binding(3) var<storage, read> bias: array<f32>;             // [M]
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;      // [M][stride / 4]
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>; // [M][tiles] count, mean, M2, 0
@group(0) @binding(6) var<uniform> shape: Shape;
@group(0) @binding(7) var<uniform> step: Step;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let column_thread = thread % COLUMN_THREADS;
  let row_thread = thread % PLACES / COLUMN_THREADS;
  let slice = thread / PLACES;
  let first4 = group.y * (TILE_P / 4u);
  let value_column = min(first4 + thread % (TILE_P / 4u), shape.stride4 - 1u);
  var value_at = thread / (TILE_P / 4u) * shape.stride4 + value_column;
  var weight_at = thread / (TILE_M / 4u) * shape.weight4 + group.x * (TILE_M / 4u) + thread % (TILE_M / 4u);
  var sum: array<vec4f, SUMS>;
  var total: array<vec4f, SUMS>;
  let steps = (shape.inputs + TILE_K - 1u) / TILE_K;
  let whole_steps = shape.inputs / TILE_K;
  for (var k_step = 0u; k_step < steps; k_step++) {
    // Apart from the sums, and twice: only the last step may lack rows. A row beyond the last is zeros, as its weights
    // are: another row may hold infinities, and 0 times infinity is not 0.
    for (var ragged = 0u; ragged < 2u; ragged++) { // unroll
      if (ragged == u32(k_step >= whole_steps)) {
        for (var s = 0u; s < (WEIGHTS + THREADS - 1u) / THREADS; s++) { // unroll
          if (WEIGHTS % THREADS == 0u || s * THREADS + thread < WEIGHTS) {
            tile[s * THREADS + thread] = weight[weight_at + s * WEIGHT_ROWS * shape.weight4];
          }
        }
        for (var s = 0u; s < (VALUES + THREADS - 1u) / THREADS; s++) { // unroll
          if (VALUES % THREADS == 0u || s * THREADS + thread < VALUES) {
            var row = k_step * TILE_K + s * VALUE_ROWS + thread / (TILE_P / 4u);
            var at = value_at + s * VALUE_ROWS * shape.stride4;
            let is_row = row < shape.inputs;
            if (ragged == 1u) {
              row = min(row, shape.inputs - 1u);
              at = row * shape.stride4 + value_column;
            }
            var value = x[at];
            if (HAS_PROLOGUE) { value = activate4(value, affine[row]); }
            if (ragged == 1u) { value = select(vec4f(0.0), value, is_row); }
            tile[WEIGHTS + s * THREADS + thread] = value;
          }
        }
      }
    }
    weight_at += TILE_K * shape.weight4;
    value_at += TILE_K * shape.stride4;
    workgroupBarrier();
    for (var k = 0u; k < TILE_K / SLICES; k++) { // unroll
      var w: array<vec4f, BLOCKS>;
      for (var i = 0u; i < BLOCKS; i++) { // unroll
        w[i] = tile[slice * (TILE_M / 4u) + row_thread + (k * SLICES * (TILE_M / 4u) + i * ROW_THREADS)];
      }
      for (var j = 0u; j < VECTORS; j++) { // unroll
        let value = tile[slice * (TILE_P / 4u) + column_thread + (WEIGHTS + k * SLICES * (TILE_P / 4u) + j * COLUMN_THREADS)];
        for (var m = 0u; m < THREAD_M; m++) { // unroll
          sum[m * VECTORS + j] = fma(vec4f(w[m / 4u][m % 4u]), value, sum[m * VECTORS + j]);
        }
      }
    }
    workgroupBarrier();
    if (BLOCKED_SUM && (k_step % RUN == RUN - 1u || k_step == steps - 1u)) {
      for (var i = 0u; i < SUMS; i++) { // unroll
        total[i] += sum[i];
        sum[i] = vec4f(0.0);
      }
    }
  }
  if (BLOCKED_SUM) { sum = total; }
  merge_slices(&sum, thread);

  for (var m = 0u; m < ROWS; m++) { // unroll
    let row = group.x * TILE_M + row_in_tile(m, thread);
    if (HAS_DROPOUT) {
      for (var j = 0u; j < VECTORS; j++) { // unroll
        let element = row * shape.columns + 4u * (first4 + column_thread + j * COLUMN_THREADS);
        sum[m * VECTORS + j] *= keep4(step.seed, shape.stream, element, shape.threshold, shape.factor);
      }
    }
    if (row < shape.outputs) {
      for (var j = 0u; j < VECTORS; j++) { // unroll
        var value = sum[m * VECTORS + j];
        if (HAS_BIAS) { value = relu4(value + vec4f(bias[row])); }
        sum[m * VECTORS + j] = store(row, first4 + column_thread + j * COLUMN_THREADS, value);
      }
    }
  }
  if (HAS_STATISTICS) {
    let count = f32(min(TILE_P, shape.columns - first4 * 4u));
    let line = thread / COLUMN_THREADS;
    var mean: array<vec4f, ROW_VECTORS>;
    var total: array<vec4f, ROW_VECTORS>;
    workgroupBarrier();
    // The mean first, then the squared deviations from it.
    for (var round = 0u; round < 2u; round++) { // unroll
      for (var m = 0u; m < ROWS; m++) { // unroll
        var own = 0.0;
        for (var j = 0u; j < VECTORS; j++) { // unroll
          let deviation = sum[m * VECTORS + j] - vec4f(mean[m / 4u][m % 4u]);
          let masked = select(vec4f(0.0), deviation, inside(first4 + column_thread + j * COLUMN_THREADS));
          own += dot(masked, select(vec4f(1.0), masked, round == 1u));
        }
        total[m / 4u][m % 4u] = own;
      }
      for (var i = 0u; i < ROW_VECTORS; i++) { // unroll
        tile[column_thread * (ROW_VECTORS * LINES) + (line + i * LINES)] = total[i];
        total[i] = vec4f(0.0);
      }
      workgroupBarrier();
      for (var t = 0u; t < COLUMN_THREADS * ROW_VECTORS; t++) { // unroll
        total[t % ROW_VECTORS] += tile[line + (t / ROW_VECTORS * (ROW_VECTORS * LINES) + t % ROW_VECTORS * LINES)];
      }
      workgroupBarrier();
      for (var i = 0u; i < ROW_VECTORS; i++) { // unroll
        if (round == 0u) { mean[i] = total[i] / count; }
      }
    }
    for (var m = 0u; m < ROWS; m++) { // unroll
      let row = group.x * TILE_M + row_in_tile(m, thread);
      if (column_thread == 0u && row < shape.outputs) {
        partials[row * shape.tiles + group.y] = vec4f(count, mean[m / 4u][m % 4u], total[m / 4u][m % 4u], 0.0);
      }
    }
  }
}
