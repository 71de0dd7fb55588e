// What focal loss weighs an answer with: (1 - p)^gamma of the probability p that it gives its label (Lin et al. 2017,
// arXiv 1708.02002), by the odds p / (1 - p), 0 or more, as 1 - p = 1 / (1 + odds). WGSL's own pow is far coarser where the
// answer is sure. From 1e37 on 1 - p is 0 in float32. Needs the parts `exponential` and `finite`.
fn modulation(odds: f32, gamma: f32) -> f32 {
  let power = exponential(-gamma * logarithm1p(min(odds, 1e37)));
  let is_sure = odds >= 1e37;
  return nan_where(select(power, select(0.0, 1.0, gamma == 0.0), is_sure), is_nan(odds));
}
