// partials[s][b][c] = sum over the columns p of split s of dy[b, p] * a[c, p]: dy the corrected gradient of the
// convolution's output (masked as dropout masked that), a = relu(x * scale + shift) or x itself. Both operands run along p, so workgroup memory holds
// rows of vec4s along p and nothing is transposed; a row is one vec4 longer, for the banks, and keeps its channel's
// correction or norm there. Padding columns are masked on both sides: they may hold NaN.
const TILE_B: u32 = 64u;
const TILE_C: u32 = 64u;
const THREAD_B: u32 = 8u;
const THREAD_C: u32 = 8u;
const HAS_PADDING = true; // columns may not be a multiple of TILE_P
const HAS_PROLOGUE = true;
const HAS_DROPOUT = false;

const TILE_P = 16u;
const QUADS = TILE_P / 4u;
const PITCH = QUADS + 1u;
const ROW_THREADS = TILE_B / THREAD_B;
const COLUMN_THREADS = TILE_C / THREAD_C;
const THREADS = ROW_THREADS * COLUMN_THREADS;
const STAGED_ROWS = THREADS / QUADS; // at a time: a thread stays in one column of vec4s
const VECTORS = THREAD_C / 4u;

struct Shape {
  inputs: u32, outputs: u32, columns: u32, stride4: u32, steps: u32, all_steps: u32,
  stream: u32, threshold: u32, factor: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4f>;       // [B][stride / 4] as stored
@group(0) @binding(1) var<storage, read> y: array<vec4f>;              // [B][stride / 4] the convolution's output
@group(0) @binding(2) var<storage, read> correction: array<vec4f>;     // [B] a, b, mean
@group(0) @binding(3) var<storage, read> x: array<vec4f>;              // [C][stride / 4]
@group(0) @binding(4) var<storage, read> affine: array<vec4f>;         // [C] scale, shift, mean, 1 / deviation
@group(0) @binding(5) var<storage, read_write> partials: array<f32>;   // [splits][B][C]
@group(0) @binding(6) var<uniform> shape: Shape;
@group(0) @binding(7) var<uniform> step: Step;

var<workgroup> dy_tile: array<vec4f, TILE_B * PITCH>;
var<workgroup> a_tile: array<vec4f, TILE_C * PITCH>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let column_thread = thread % COLUMN_THREADS;
  let row_thread = thread / COLUMN_THREADS;
  let quad = thread % QUADS;
  let staged = thread / QUADS;
  // A row beyond the last is the last again: its results are not stored.
  if (quad == 0u) {
    for (var s = 0u; s < (TILE_B + STAGED_ROWS - 1u) / STAGED_ROWS; s++) { // unroll
      if (TILE_B % STAGED_ROWS == 0u || s * STAGED_ROWS + staged < TILE_B) {
        let row = min(group.y * TILE_B + s * STAGED_ROWS + staged, shape.outputs - 1u);
        dy_tile[(s * STAGED_ROWS + staged) * PITCH + QUADS] = correction[row];
      }
    }
    for (var s = 0u; s < (TILE_C + STAGED_ROWS - 1u) / STAGED_ROWS; s++) { // unroll
      if (HAS_PROLOGUE && (TILE_C % STAGED_ROWS == 0u || s * STAGED_ROWS + staged < TILE_C)) {
        let row = min(group.x * TILE_C + s * STAGED_ROWS + staged, shape.inputs - 1u);
        a_tile[(s * STAGED_ROWS + staged) * PITCH + QUADS] = affine[row];
      }
    }
  }
  workgroupBarrier();
  var sum: array<vec4f, THREAD_B * VECTORS>;
  let first_step = group.z * shape.steps;
  let steps = min(shape.steps, max(shape.all_steps, first_step) - first_step);
  for (var p_step = 0u; p_step < steps; p_step++) {
    let column4 = (first_step + p_step) * QUADS + quad;
    let inside = 4u * column4 + vec4u(0u, 1u, 2u, 3u) < vec4u(shape.columns);
    let dy_start = (group.y * TILE_B + staged) * shape.stride4 + column4;
    let dy_end = (shape.outputs - 1u) * shape.stride4 + column4;
    for (var s = 0u; s < (TILE_B + STAGED_ROWS - 1u) / STAGED_ROWS; s++) { // unroll
      if (TILE_B % STAGED_ROWS == 0u || s * STAGED_ROWS + staged < TILE_B) {
        let to = (s * STAGED_ROWS + staged) * PITCH;
        let at = min(dy_start + s * STAGED_ROWS * shape.stride4, dy_end);
        var value = corrected4(gradient[at], y[at], dy_tile[to + QUADS]);
        if (HAS_DROPOUT) {
          let row = min(group.y * TILE_B + s * STAGED_ROWS + staged, shape.outputs - 1u);
          let element = row * shape.columns + 4u * column4;
          value *= keep4(step.seed, shape.stream, element, shape.threshold, shape.factor);
        }
        if (HAS_PADDING) { value = select(vec4f(0.0), value, inside); }
        dy_tile[to + quad] = value;
      }
    }
    let a_start = (group.x * TILE_C + staged) * shape.stride4 + column4;
    let a_end = (shape.inputs - 1u) * shape.stride4 + column4;
    for (var s = 0u; s < (TILE_C + STAGED_ROWS - 1u) / STAGED_ROWS; s++) { // unroll
      if (TILE_C % STAGED_ROWS == 0u || s * STAGED_ROWS + staged < TILE_C) {
        let to = (s * STAGED_ROWS + staged) * PITCH;
        var value = x[min(a_start + s * STAGED_ROWS * shape.stride4, a_end)];
        if (HAS_PROLOGUE) { value = activate4(value, a_tile[to + QUADS]); }
        if (HAS_PADDING) { value = select(vec4f(0.0), value, inside); }
        a_tile[to + quad] = value;
      }
    }
    workgroupBarrier();
    for (var q = 0u; q < QUADS; q++) { // unroll
      for (var v = 0u; v < VECTORS; v++) { // unroll
        var a: array<vec4f, 4>;
        for (var e = 0u; e < 4u; e++) { // unroll
          a[e] = a_tile[column_thread * PITCH + ((v * 4u + e) * COLUMN_THREADS * PITCH + q)];
        }
        for (var b = 0u; b < THREAD_B; b++) { // unroll
          let dy = dy_tile[row_thread * PITCH + (b * ROW_THREADS * PITCH + q)];
          for (var e = 0u; e < 4u; e++) { // unroll
            sum[b * VECTORS + v] = fma(vec4f(dy[e]), vec4f(a[0][e], a[1][e], a[2][e], a[3][e]), sum[b * VECTORS + v]);
          }
        }
      }
    }
    workgroupBarrier();
  }

  for (var b = 0u; b < THREAD_B; b++) { // unroll
    let row = group.y * TILE_B + b * ROW_THREADS + row_thread;
    if (row < shape.outputs) {
      let first = (group.z * shape.outputs + row) * shape.inputs;
      for (var v = 0u; v < VECTORS; v++) { // unroll
        for (var e = 0u; e < 4u; e++) { // unroll
          let column = group.x * TILE_C + (v * 4u + e) * COLUMN_THREADS + column_thread;
          if (column < shape.inputs) { partials[first + column] = sum[b * VECTORS + v][e]; }
        }
      }
    }
  }
}
