// What a parameter's group multiplies: x the learning rate, 0 where it is frozen; y the weight decay. A parameter begins at a
// multiple of 64 floats, so the table, behind the clip's two numbers, has a pair per 64 floats: 16 vectors. The kernel states
// GROUPED and binds `clip`.
fn group_of(vector: u32) -> vec2f {
  if (!GROUPED) { return vec2f(1.0); }
  let at = 2u + 2u * (vector / 16u);
  return vec2f(clip[at], clip[at + 1u]);
}
