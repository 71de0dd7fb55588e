// Whether nothing that is not finite was met, by the words of verdict.wgsl: as a pass behind those that write them reads them.
fn is_settled() -> bool {
  return all((settled[0] & settled[1]) == vec4u(0xffffffffu));
}
