// store.wgsl for an `out` of f16 values: four columns are two words, which belong to this invocation alone.
fn store(row: u32, column4: u32, value: vec4f) -> vec4f {
  let at = row * shape.stride4 + column4;
  let columns = inside(column4);
  let rounded = round_to_f16(value);
  let words = pack_f16x4(rounded);
  if (columns.w) {
    out[at] = words;
  } else if (columns.x) {
    let low = select(vec2u(0u), vec2u(0xffffu), vec2<bool>(columns.x, columns.z));
    let written = low | select(vec2u(0u), vec2u(0xffff0000u), vec2<bool>(columns.y, columns.w));
    out[at] = (out[at] & ~written) | (words & written);
  }
  return rounded;
}
