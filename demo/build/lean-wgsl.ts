// WGSL without what only people read. A marked loop keeps its mark, which `specialize` goes by; lines stay lines.

export const minifyWgsl = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/\/\/(?! unroll\b).*/, '').replace(/\/\/ unroll\b.*/, '// unroll'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
