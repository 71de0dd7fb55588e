// Whether the neighbours of an invocation in its workgroup are its neighbours in its subgroup: WGSL does not say so.
enable subgroups;
const SUBGROUP: u32 = 4u;

@group(0) @binding(0) var<storage, read_write> agrees: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  var agreed = true;
  for (var half = SUBGROUP / 2u; half > 0u; half /= 2u) {
    let neighbour = subgroupShuffleXor(lane, half);
    agreed = agreed & (neighbour == (lane ^ half));
  }
  agrees[lane] = u32(agreed);
}
