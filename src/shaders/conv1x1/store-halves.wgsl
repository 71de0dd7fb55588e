// store.wgsl for halves: four columns are two words, and all of them this invocation's.
fn store(row: u32, column4: u32, value: vec4f) -> vec4f {
  let at = row * shape.stride4 + column4;
  let columns = inside(column4);
  let halves = half_of(value);
  let words = to_halves4(halves);
  if (columns.w) {
    out[at] = words;
  } else {
    if (columns.x) { out[at].x = select((out[at].x & 0xffff0000u) | (words.x & 0xffffu), words.x, columns.y); }
    if (columns.z) { out[at].y = (out[at].y & 0xffff0000u) | (words.y & 0xffffu); }
  }
  return halves;
}
