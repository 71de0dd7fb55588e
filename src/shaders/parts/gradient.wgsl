// A parameter's gradient over micro-batches: the first micro-batch of a step overwrites, the others add.
fn accumulated(old: f32, now: f32, accumulate: u32) -> f32 {
  return select(now, old + now, accumulate != 0u);
}
