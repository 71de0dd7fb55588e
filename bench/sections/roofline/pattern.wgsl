// What the vector at place `i` holds: no two are alike, and none is what fresh memory holds.
fn pattern(i: u32) -> vec4u {
  return vec4u(1u, 3u, 5u, 7u) * (2u * i + 1u);
}
