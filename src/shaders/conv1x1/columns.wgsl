// Which of the four columns of a vec4 are columns, not padding. Needs `shape`.
fn inside(column4: u32) -> vec4<bool> {
  return 4u * column4 + vec4u(0u, 1u, 2u, 3u) < vec4u(shape.columns);
}
