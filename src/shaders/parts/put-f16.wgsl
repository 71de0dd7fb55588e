// f16 values into `out`, an array of atomic words. A word has two columns, which may belong to two invocations, even of two
// workgroups: each then changes its own 16 bits, and no order of the two makes another result. Whole words need no such
// care, and are what kernels write wherever both columns are at hand. Values are round_to_f16's already.

// Columns `at` (an even number) and at + 1.
fn put_pair(at: u32, pair: vec2f) {
  atomicStore(&out[at / 2u], pack_f16(pair));
}

// Column `at` alone; its word's other half stays as it is.
fn put_one(at: u32, value: f32) {
  let place = 16u * (at % 2u);
  atomicAnd(&out[at / 2u], 0xffff0000u >> place);
  atomicOr(&out[at / 2u], pack_f16(vec2f(value, 0.0)) << place);
}
