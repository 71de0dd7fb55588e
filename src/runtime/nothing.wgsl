// Does nothing: the work of a compute pass whose end is only a moment on the GPU's clock. Metal does not always sample
// its counters in a pass without a dispatch.
@compute @workgroup_size(1)
fn main() {}
