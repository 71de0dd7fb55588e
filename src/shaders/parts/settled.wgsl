// Whether no non-finite value was met, by the words of verdict.wgsl: for passes that follow those that write them.
fn is_settled() -> bool {
  return all((settled[0] & settled[1]) == vec4u(0xffffffffu));
}
