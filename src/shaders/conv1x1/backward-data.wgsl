// da[c, p] = sum over b of W[b, c] * dy[b, p], dy the corrected gradient of the convolution's output (masked as dropout
// masked that). With a norm ahead
// of it: z = x * scale + shift, g = da * [relu(z) is not 0], out += scale * g, and each tile leaves (sum g, sum g * (x - mean)) a
// channel, x - mean because sum g * x cancels where the mean is large; HAS_SUMS false: the norm's statistics are constants
// and need none. Without a norm out = da is stored. Tiles as forward.
const TILE_M: u32 = 128u;
const TILE_P: u32 = 64u;
const TILE_K: u32 = 8u;
const THREAD_M: u32 = 8u;
const THREAD_P: u32 = 8u;
const SLICES: u32 = 1u;
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
@group(0) @binding(5) var<storage, read> affine: array<vec4f>;      // [C] scale, shift, mean, 1 / deviation
@group(0) @binding(6) var<storage, read_write> out: array<vec4f>;   // [C][stride / 4]
@group(0) @binding(7) var<storage, read_write> sums: array<vec2f>;  // [C][tiles]
@group(0) @binding(8) var<uniform> shape: Shape;
@group(0) @binding(9) var<uniform> step: Step;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let column_thread = thread % COLUMN_THREADS;
  let row_thread = thread % PLACES / COLUMN_THREADS;
  let slice = thread / PLACES;
  let first4 = group.y * (TILE_P / 4u);
  var sum: array<vec4f, SUMS>;
  let value_column = min(first4 + thread % (TILE_P / 4u), shape.stride4 - 1u);
  var value_at = thread / (TILE_P / 4u) * shape.stride4 + value_column;
  var weight_at = thread / (TILE_M / 4u) * shape.weight4 + group.x * (TILE_M / 4u) + thread % (TILE_M / 4u);
  let steps = (shape.outputs + TILE_K - 1u) / TILE_K;
  let whole_steps = shape.outputs / TILE_K;
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
            let is_row = row < shape.outputs;
            if (ragged == 1u) {
              row = min(row, shape.outputs - 1u);
              at = row * shape.stride4 + value_column;
            }
            var value = corrected4(gradient[at], y[at], correction[row]);
            if (HAS_DROPOUT) {
              let element = row * shape.columns + 4u * value_column;
              value *= keep4(step.seed, shape.stream, element, shape.threshold, shape.factor);
            }
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
  }

  merge_slices(&sum, thread);
  // Sums of g and of g * (x - mean) over this thread's columns, [sum][row].
  var total: array<vec4f, 2u * ROW_VECTORS>;
  for (var m = 0u; m < ROWS; m++) { // unroll
    let row = group.x * TILE_M + row_in_tile(m, thread);
    if (row < shape.inputs) {
      for (var j = 0u; j < VECTORS; j++) { // unroll
        let column4 = first4 + column_thread + j * COLUMN_THREADS;
        if (HAS_NORM) {
          let norm = affine[row];
          let at = row * shape.stride4 + min(column4, shape.stride4 - 1u);
          let value = x[at];
          let columns = inside(column4);
          let open = passes4(fma(value, vec4f(norm.x), vec4f(norm.y)));
          let g = select(vec4f(0.0), sum[m * VECTORS + j], columns & open);
          store(row, column4, fma(vec4f(norm.x), g, out[at]));
          if (HAS_SUMS) {
            total[m / 4u][m % 4u] += dot(g, vec4f(1.0));
            total[ROW_VECTORS + m / 4u][m % 4u] += dot(g, select(vec4f(0.0), value - vec4f(norm.z), columns));
          }
        } else {
          store(row, column4, sum[m * VECTORS + j]);
        }
      }
    }
  }
  if (HAS_NORM && HAS_SUMS) {
    let line = thread / COLUMN_THREADS;
    workgroupBarrier();
    for (var n = 0u; n < 2u * ROW_VECTORS; n++) { // unroll
      tile[column_thread * LINES + line] = total[n];
      workgroupBarrier();
      total[n] = vec4f(0.0);
      for (var t = 0u; t < COLUMN_THREADS; t++) { // unroll
        total[n] += tile[line + t * LINES];
      }
      workgroupBarrier();
    }
    for (var m = 0u; m < ROWS; m++) { // unroll
      let row = group.x * TILE_M + row_in_tile(m, thread);
      if (column_thread == 0u && row < shape.inputs) {
        sums[row * shape.tiles + group.y] = vec2f(total[m / 4u][m % 4u], total[ROW_VECTORS + m / 4u][m % 4u]);
      }
    }
  }
}
