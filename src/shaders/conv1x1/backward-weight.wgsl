// partials[s][b][c] = sum over the columns p of split s of dy[b, p] * a[c, p]: dy the corrected gradient of the
// convolution's output, masked as dropout masked that output, a = relu(x * scale + shift) or x itself. Both operands run
// along p, so workgroup memory holds rows of vec4s along p and nothing is transposed; a row is one vec4 longer, to avoid bank
// conflicts, and keeps its channel's correction or norm there. SLICES threads share a thread tile's sums, each takes every
// SLICES-th vec4 of columns, so that a small tile still has large thread tiles. Padding columns are masked on both sides:
// they may hold NaN. Rows beyond the last reach no other row's sums and are not stored: whatever such loads give is harmless.
const TILE_B: u32 = 64u;
const TILE_C: u32 = 64u;
const THREAD_B: u32 = 8u;
const THREAD_C: u32 = 8u;
const SLICES: u32 = 1u;
const HAS_PROLOGUE = true;
const HAS_DROPOUT = false;

const TILE_P = 16u;
const QUADS = TILE_P / 4u;
const PITCH = QUADS + 1u;
const ROW_THREADS = TILE_B / THREAD_B;
const COLUMN_THREADS = TILE_C / THREAD_C;
const PLACES = ROW_THREADS * COLUMN_THREADS;
const THREADS = PLACES * SLICES;
const STAGED_ROWS = THREADS / QUADS; // at a time: a thread stays in one column of vec4s
const VECTORS = THREAD_C / 4u;
const SUMS = THREAD_B * VECTORS;
const MERGED = 4u; // sums of a thread that are merged at a time

struct Shape {
  inputs: u32, outputs: u32, columns: u32, stride4: u32, steps: u32, all_steps: u32,
  stream: u32, threshold: u32, factor: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4f>;       // [B][stride / 4] as stored
@group(0) @binding(1) var<storage, read> y: array<vec4f>;              // [B][stride / 4] the convolution's output
@group(0) @binding(2) var<storage, read> correction: array<vec4f>;     // [B] a, b, mean
@group(0) @binding(3) var<storage, read> x: array<vec4f>;              // [C][stride / 4]
@group(0) @binding(4) var<storage, read> affine: array<vec4f>;         // [C] scale, shift, mean, invStd
@group(0) @binding(5) var<storage, read_write> partials: array<f32>;   // [splitK][B][C]
@group(0) @binding(6) var<uniform> shape: Shape;
@group(0) @binding(7) var<uniform> step: Step;

// [TILE_B][PITCH] of dy, then [TILE_C][PITCH] of a; the slices' sums in the end.
const A_ROWS = TILE_B * PITCH;
var<workgroup> tile: array<vec4f, A_ROWS + TILE_C * PITCH>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  let column_thread = thread % COLUMN_THREADS;
  let row_thread = thread % PLACES / COLUMN_THREADS;
  let slice = thread / PLACES;
  let a_from = column_thread * PITCH + slice;
  let dy_from = row_thread * PITCH + slice;
  let quad = thread % QUADS;
  let staged = thread / QUADS;
  if (quad == 0u) {
    for (var s = 0u; s < (TILE_B + STAGED_ROWS - 1u) / STAGED_ROWS; s++) {
      if (TILE_B % STAGED_ROWS == 0u || s * STAGED_ROWS + staged < TILE_B) {
        tile[(s * STAGED_ROWS + staged) * PITCH + QUADS] = correction[group.y * TILE_B + s * STAGED_ROWS + staged];
      }
    }
    for (var s = 0u; s < (TILE_C + STAGED_ROWS - 1u) / STAGED_ROWS; s++) {
      if (HAS_PROLOGUE && (TILE_C % STAGED_ROWS == 0u || s * STAGED_ROWS + staged < TILE_C)) {
        tile[A_ROWS + (s * STAGED_ROWS + staged) * PITCH + QUADS] = affine[group.x * TILE_C + s * STAGED_ROWS + staged];
      }
    }
  }
  workgroupBarrier();
  var sum: array<vec4f, SUMS>;
  let first_step = group.z * shape.steps;
  let steps = min(shape.steps, max(shape.all_steps, first_step) - first_step);
  for (var p_step = 0u; p_step < steps; p_step++) {
    let column4 = (first_step + p_step) * QUADS + quad;
    // Only the last step may have padding.
    let is_whole = (first_step + p_step + 1u) * TILE_P <= shape.columns;
    if (is_whole) { stage(column4, thread, group, true); } else { stage(column4, thread, group, false); }
    workgroupBarrier();
    for (var q = 0u; q < QUADS / SLICES; q++) {
      for (var v = 0u; v < VECTORS; v++) { // unroll
        var rows: array<vec4f, 4>;
        for (var e = 0u; e < 4u; e++) { // unroll
          rows[e] = tile[a_from + (A_ROWS + (v * 4u + e) * COLUMN_THREADS * PITCH + q * SLICES)];
        }
        var a: array<vec4f, 4>;
        for (var e = 0u; e < 4u; e++) { // unroll
          a[e] = vec4f(rows[0][e], rows[1][e], rows[2][e], rows[3][e]);
        }
        for (var b = 0u; b < THREAD_B; b++) { // unroll
          let dy = tile[dy_from + (b * ROW_THREADS * PITCH + q * SLICES)];
          sum[b * VECTORS + v] = add_columns(dy, a, sum[b * VECTORS + v]);
        }
      }
    }
    workgroupBarrier();
  }

  if (SLICES > 1u) { merge_slices(&sum, thread); }
  for (var n = 0u; n < SUMS / SLICES; n++) { // unroll
    put(n, sum[n], group, thread);
  }
}

// Stores a thread's n-th sums, of four columns that lie COLUMN_THREADS apart.
fn put(n: u32, values: vec4f, group: vec3u, thread: u32) {
  let kept = thread / PLACES * KEPT + (n / KEPT * MERGED + n % KEPT);
  let row = group.y * TILE_B + kept / VECTORS * ROW_THREADS + thread % PLACES / COLUMN_THREADS;
  if (row >= shape.outputs) { return; }
  let first = (group.z * shape.outputs + row) * shape.inputs;
  for (var e = 0u; e < 4u; e++) { // unroll
    let column = group.x * TILE_C + (kept % VECTORS * 4u + e) * COLUMN_THREADS + thread % COLUMN_THREADS;
    if (column < shape.inputs) { partials[first + column] = values[e]; }
  }
}

// Adds the products of four columns, one after the other.
fn add_columns(dy: vec4f, a: array<vec4f, 4>, sum: vec4f) -> vec4f {
  return fma(vec4f(dy.w), a[3], fma(vec4f(dy.z), a[2], fma(vec4f(dy.y), a[1], fma(vec4f(dy.x), a[0], sum))));
}

// Stages one vec4 of columns of both operands. `is_whole`, a constant: none of the step's columns is padding.
fn stage(column4: u32, thread: u32, group: vec3u, is_whole: bool) {
  let quad = thread % QUADS;
  let staged = thread / QUADS;
  let inside = 4u * column4 + vec4u(0u, 1u, 2u, 3u) < vec4u(shape.columns);
  let dy_at = (group.y * TILE_B + staged) * shape.stride4 + column4;
  let a_at = (group.x * TILE_C + staged) * shape.stride4 + column4;
  for (var s = 0u; s < (TILE_B + STAGED_ROWS - 1u) / STAGED_ROWS; s++) { // unroll
    if (TILE_B % STAGED_ROWS == 0u || s * STAGED_ROWS + staged < TILE_B) {
      let to = (s * STAGED_ROWS + staged) * PITCH;
      let at = dy_at + s * STAGED_ROWS * shape.stride4;
      var value = corrected4(gradient[at], y[at], tile[to + QUADS]);
      if (HAS_DROPOUT) {
        let element = (group.y * TILE_B + s * STAGED_ROWS + staged) * shape.columns + 4u * column4;
        value *= keep4(step.seed, shape.stream, element, shape.threshold, shape.factor);
      }
      if (!is_whole) { value = select(vec4f(0.0), value, inside); }
      tile[to + quad] = value;
    }
  }
  for (var s = 0u; s < (TILE_C + STAGED_ROWS - 1u) / STAGED_ROWS; s++) { // unroll
    if (TILE_C % STAGED_ROWS == 0u || s * STAGED_ROWS + staged < TILE_C) {
      let to = A_ROWS + (s * STAGED_ROWS + staged) * PITCH;
      var value = x[a_at + s * STAGED_ROWS * shape.stride4];
      if (HAS_PROLOGUE) { value = activate4(value, tile[to + QUADS]); }
      if (!is_whole) { value = select(vec4f(0.0), value, inside); }
      tile[to + quad] = value;
    }
  }
}
