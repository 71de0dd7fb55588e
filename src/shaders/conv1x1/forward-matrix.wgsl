// conv1x1/forward with subgroup matrices of 8x8x8 floats, for inference: the same bindings, tiles and packed weights, with
// another order of sums. Experimental (`Device.open`, experimental.subgroupMatrix): used only where a kernel check on the
// device itself has agreed with forward.wgsl. Four subgroups of 32 share a tile: each has TILE_M / 4 rows and all columns;
// where subgroups have another size, rows are missing and the check fails.
enable subgroups;
enable chromium_experimental_subgroup_matrix;

const TILE_M: u32 = 32u;
const TILE_P: u32 = 32u;
const TILE_K: u32 = 32u;
const HAS_PROLOGUE = true;
const HAS_BIAS = false;

const THREADS = 128u; // a multiple of every subgroup's size
const ROWS = TILE_M / 32u; // 8x8 blocks of a subgroup
const COLUMNS = TILE_P / 8u;

struct Shape {
  inputs: u32, outputs: u32, columns: u32, stride4: u32, weight4: u32, tiles: u32,
  stream: u32, threshold: u32, factor: f32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;    // [K padded][M padded / 4], zeros beyond K and M
@group(0) @binding(1) var<storage, read> x: array<vec4f>;         // [K][stride / 4]
@group(0) @binding(2) var<storage, read> affine: array<vec4f>;    // [K] scale, shift, mean, invStd
@group(0) @binding(3) var<storage, read> bias: array<f32>;        // [M]
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>; // [M][stride / 4]
@group(0) @binding(6) var<uniform> shape: Shape;

// [TILE_K][TILE_M] weights, then [TILE_K][TILE_P] values; in the end [TILE_M][TILE_P] sums.
const VALUES = TILE_K * TILE_M;
var<workgroup> tile: array<f32, max(VALUES + TILE_K * TILE_P, TILE_M * TILE_P)>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let first4 = group.y * (TILE_P / 4u);
  var sum: array<subgroup_matrix_result<f32, 8, 8>, ROWS * COLUMNS>;
  let steps = (shape.inputs + TILE_K - 1u) / TILE_K;
  for (var k_step = 0u; k_step < steps; k_step++) {
    for (var i = thread; i < TILE_K * TILE_M / 4u; i += THREADS) {
      let row = k_step * TILE_K + i / (TILE_M / 4u);
      let value = weight[row * shape.weight4 + group.x * (TILE_M / 4u) + i % (TILE_M / 4u)];
      for (var e = 0u; e < 4u; e++) { // unroll
        tile[4u * i + e] = value[e];
      }
    }
    for (var i = thread; i < TILE_K * TILE_P / 4u; i += THREADS) {
      // A row beyond the last is zeros, as its weights are.
      let wanted = k_step * TILE_K + i / (TILE_P / 4u);
      let row = min(wanted, shape.inputs - 1u);
      var value = x[row * shape.stride4 + min(first4 + i % (TILE_P / 4u), shape.stride4 - 1u)];
      if (HAS_PROLOGUE) { value = activate4(value, affine[row]); }
      value = select(vec4f(0.0), value, wanted < shape.inputs);
      for (var e = 0u; e < 4u; e++) { // unroll
        tile[VALUES + 4u * i + e] = value[e];
      }
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE_K / 8u; k++) { // unroll
      for (var r = 0u; r < ROWS; r++) { // unroll
        let left = subgroupMatrixLoad<subgroup_matrix_left<f32, 8, 8>, col_major>(
          &tile, k * 8u * TILE_M + (subgroup * ROWS + r) * 8u, TILE_M);
        for (var c = 0u; c < COLUMNS; c++) { // unroll
          let right = subgroupMatrixLoad<subgroup_matrix_right<f32, 8, 8>, row_major>(
            &tile, VALUES + k * 8u * TILE_P + c * 8u, TILE_P);
          sum[r * COLUMNS + c] = subgroupMatrixMultiplyAccumulate(left, right, sum[r * COLUMNS + c]);
        }
      }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < ROWS; r++) { // unroll
    for (var c = 0u; c < COLUMNS; c++) { // unroll
      subgroupMatrixStore<row_major>(
        &tile, (subgroup * ROWS + r) * 8u * TILE_P + c * 8u, sum[r * COLUMNS + c], TILE_P);
    }
  }
  workgroupBarrier();
  for (var i = thread; i < TILE_M * TILE_P / 4u; i += THREADS) {
    let row = group.x * TILE_M + i / (TILE_P / 4u);
    let column4 = first4 + i % (TILE_P / 4u);
    var value = vec4f(tile[4u * i], tile[4u * i + 1u], tile[4u * i + 2u], tile[4u * i + 3u]);
    if (row < shape.outputs) {
      if (HAS_BIAS) { value = relu4(value + vec4f(bias[row])); }
      store(row, column4, value);
    }
  }
}
