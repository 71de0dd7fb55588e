// The products of direct.wgsl where each thread loads its own operands (STAGE 0): all channels in one stage, and workgroup
// memory for sums over places alone.

var<private> own: Place;
var<private> channel_tile: u32;

// Stages nothing: keeps what `convolve` has to know.
fn fill(stage: u32, place: Place, thread: u32, workgroup: u32) {
  own = place;
  channel_tile = workgroup;
}

// Adds all channels' products to the sums.
fn convolve(sums: ptr<function, array<vec4f, SUMS>>, beside: u32, thread: u32) {
  let column = own.column;
  let first = channel_tile * WIDE + thread / PLACES % GROUPS * BLOCKS;
  for (var c = 0u; c < shape.inputs; c++) {
    let norm = source_norm(c);
    for (var dh = 0u; dh < 3u; dh++) { // unroll
      let exists = dh == 1u || (beside >> (dh / 2u)) % 2u == 1u;
      let row = min(max(own.row + dh, 1u) - 1u, shape.rows - 1u);
      let begin = c * shape.stride + row * shape.width + column;
      var window: array<f32, COLUMNS + 2u>;
      window[0] = select(0.0, source_value(max(begin, 1u) - 1u, c, norm), exists && column > 0u);
      for (var j = 0u; j < COLUMNS + 1u; j++) { // unroll
        let inside = exists && ((!RAGGED && j < COLUMNS) || column + j < shape.width);
        window[j + 1u] = select(0.0, source_value(begin + j, c, norm), inside);
      }
      for (var dw = 0u; dw < 3u; dw++) { // unroll
        for (var b = 0u; b < BLOCKS; b++) { // unroll
          let taps = weight[(c * 9u + dh * 3u + dw) * shape.packed + first + b];
          for (var j = 0u; j < COLUMNS; j++) { // unroll
            (*sums)[b * COLUMNS + j] = fma(taps, vec4f(window[j + dw]), (*sums)[b * COLUMNS + j]);
          }
        }
      }
    }
  }
}
