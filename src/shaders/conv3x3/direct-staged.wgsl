// How direct.wgsl stages its operands in workgroup memory, and adds up a stage's products.

fn fill(stage: u32, place: Place, thread: u32, workgroup: u32) {
  for (var i = thread; i < STAGE * SEGMENT; i += THREADS) {
    tile[i / SEGMENT * CHANNEL + ZEROS + i % SEGMENT] = vec4f(0.0);
  }
  for (var i = 0u; i < COPIES; i++) {
    let item = i * THREADS + thread;
    if (item < STAGE * SEGMENTS) {
      let segment = item % SEGMENTS;
      // Past the last channel there are zeros, as its weights are: 0 times infinity would not be 0.
      let wanted = stage * STAGE + item / SEGMENTS;
      let exists = wanted < shape.inputs;
      let channel = min(wanted, shape.inputs - 1u);
      let row = min(max(place.first_row + segment / PIECES, 1u) - 1u, shape.rows - 1u);
      let column = place.first_column + segment % PIECES * COLUMNS;
      let start = channel * shape.stride + row * shape.width + column;
      let norm = source_norm(channel);
      var values: array<vec4f, SEGMENT>;
      values[0].x = select(0.0, source_value(max(start, 1u) - 1u, channel, norm), exists && column > 0u);
      for (var j = 0u; j < COLUMNS + 1u; j++) { // unroll
        let inside = exists && ((!RAGGED && j < COLUMNS) || column + j < shape.width);
        values[(j + 1u) / 4u][(j + 1u) % 4u] = select(0.0, source_value(start + j, channel, norm), inside);
      }
      for (var j = 0u; j < SEGMENT; j++) { // unroll
        tile[item / SEGMENTS * CHANNEL + segment * SEGMENT + j] = values[j];
      }
    }
  }
  for (var i = 0u; i < WEIGHT_COPIES; i++) {
    let item = i * THREADS + thread;
    if (item < STAGED) {
      let line = stage * (STAGE * 9u) + item / WIDE;
      tile[WEIGHTS + item] = weight[line * shape.packed + workgroup * WIDE + item % WIDE];
    }
  }
}

// Adds a stage's products to the sums.
fn convolve(sums: ptr<function, array<vec4f, SUMS>>, beside: u32, thread: u32) {
  for (var part = 0u; part < PARTS; part++) { // unroll
    var run: array<vec4f, RUN>;
    // Zeros are written: a compiler is known that leaves what the last trip left, where a pointer is taken.
    for (var i = 0u; i < RUN; i++) { // unroll
      run[i] = vec4f(0.0);
    }
    if (!BLOCKED_SUM) {
      for (var i = 0u; i < RUN; i++) { // unroll
        run[i] = (*sums)[part * RUN + i];
      }
    }
    add_products(&run, part, beside, thread);
    if (BLOCKED_SUM) {
      for (var i = 0u; i < RUN; i++) { // unroll
        (*sums)[part * RUN + i] += run[i];
      }
    }
    if (!BLOCKED_SUM) {
      for (var i = 0u; i < RUN; i++) { // unroll
        (*sums)[part * RUN + i] = run[i];
      }
    }
  }
}

// Adds a stage's products of one of PARTS of the outputs.
fn add_products(sums: ptr<function, array<vec4f, RUN>>, part: u32, beside: u32, thread: u32) {
  let group = thread / PLACES % GROUPS;
  // Written as sums and products, whose range Tint can tell: of select() and of arrays it cannot, and clamps each index.
  let here = (thread % PLACES + PIECES) * SEGMENT;
  let above = ZEROS - beside % 2u * (ZEROS + PIECES * SEGMENT - here);
  let below = ZEROS - beside / 2u % 2u * (ZEROS - PIECES * SEGMENT - here);
  for (var c = 0u; c < STAGE / SLICES; c++) {
    let channel = c * SLICES + thread / (PLACES * GROUPS) % SLICES;
    for (var dh = 0u; dh < 3u; dh++) {
      let row = above * u32(dh == 0u) + here * u32(dh == 1u) + below * u32(dh == 2u);
      var window: array<vec4f, SEGMENT>;
      for (var j = 0u; j < SEGMENT; j++) { // unroll
        window[j] = tile[channel * CHANNEL + row + j];
      }
      for (var dw = 0u; dw < 3u; dw++) { // unroll
        for (var b = 0u; b < BLOCKS / PARTS; b++) { // unroll
          let taps = tile[WEIGHTS + (channel * 9u + dh * 3u + dw) * WIDE + group * BLOCKS + part % PARTS * (BLOCKS / PARTS) + b];
          for (var j = 0u; j < COLUMNS; j++) { // unroll
            (*sums)[b * COLUMNS + j] = fma(taps, vec4f(window[(j + dw) / 4u][(j + dw) % 4u]), (*sums)[b * COLUMNS + j]);
          }
        }
      }
    }
  }
}
