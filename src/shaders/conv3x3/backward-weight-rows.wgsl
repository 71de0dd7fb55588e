// How backward-weight.wgsl stages rows in workgroup memory: of a into a ring of four slots, of dy into two, so that one
// barrier per row is enough: what is written belongs to a later row than what other threads may still be reading.
const LINE: u32 = (SPAN + 5u) / 4u;     // vec4s of a row of a, with one more column on either side
const PITCH: u32 = LINE + 1u - LINE % 2u; // odd: threads of neighbouring channels read different banks
const RING: u32 = CHANNELS * PITCH;
const DY: u32 = GROUPS * SPAN;
const A_COPIES: u32 = (CHANNELS * LINE + THREADS - 1u) / THREADS;
const DY_COPIES: u32 = (DY + THREADS - 1u) / THREADS;

var<workgroup> ring: array<vec4f, 4u * RING>;  // [slot][channel][PITCH]
var<workgroup> dy: array<vec4f, 2u * DY>;      // [row % 2][column][group]: 4 output channels each

// Row `row` of the strip that starts at `column`, of the workgroup's input channels, into `slot`.
fn stage_a(row: u32, column: u32, first_channel: u32, slot: u32, thread: u32) {
  for (var i = 0u; i < A_COPIES; i++) {
    let item = i * THREADS + thread;
    if (item < CHANNELS * LINE) {
      // Channels past the last one are computed and not stored.
      let channel = min(first_channel + item / LINE, shape.inputs - 1u);
      let start = channel * shape.stride + min(row, shape.rows - 1u) * shape.width;
      var norm = vec4f();
      if (HAS_PROLOGUE) { norm = affine[channel]; }
      var values: vec4f;
      for (var j = 0u; j < 4u; j++) { // unroll
        let at = column + item % LINE * 4u + j; // one more than the column
        var value = x[start + max(at, 1u) - 1u];
        if (HAS_PROLOGUE) { value = activate(value, norm); }
        values[j] = select(0.0, value, at > 0u && at <= shape.width);
      }
      ring[slot % 4u * RING + item / LINE * PITCH + item % LINE] = values;
    }
  }
}

fn stage_dy(row: u32, column: u32, first_channel: u32, slot: u32, thread: u32) {
  for (var i = 0u; i < DY_COPIES; i++) {
    let item = i * THREADS + thread;
    if (item < DY) {
      let at = column + item % SPAN;
      let p = min(row, shape.rows - 1u) * shape.width + at;
      var values: vec4f;
      for (var j = 0u; j < 4u; j++) { // unroll
        let m = min(first_channel + item / SPAN * 4u + j, shape.outputs - 1u);
        let index = m * shape.stride + p;
        var value = corrected(gradient[index], y[index], correction[shape.correction_first + m]);
        if (HAS_DROPOUT) {
          let element = m * (shape.rows * shape.width) + p;
          value *= keep(step.seed, shape.stream, element, shape.threshold, shape.factor);
        }
        values[j] = select(0.0, value, at < shape.width);
      }
      dy[slot % 2u * DY + item % SPAN * GROUPS + item / SPAN] = values;
    }
  }
}
