// What the built library and the pages leave out: the shaders' comments and indentation; pages also the command line's words
// for the options of a training, and the demo's worker the autotuner's measuring.

import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const RAW = 'export default ';

/** Takes out what only people read of shaders. */
export const minifyWgslPlugin = (): Plugin => ({
  name: 'minify-wgsl',
  enforce: 'post',
  transform(code, id) {
    if (!id.endsWith('.wgsl?raw')) return undefined;
    const text: unknown = JSON.parse(code.slice(RAW.length).replace(/;?\s*$/, ''));
    if (typeof text !== 'string') throw new Error(`${id} is not the text of a shader`);
    return { code: `${RAW}${JSON.stringify(minifyWgsl(text))}`, map: null };
  },
});

/** Takes out what only the command line says of a field: its help and its option. Pages have texts of their own. */
export const withoutHelpPlugin = (): Plugin => ({
  name: 'without-help',
  enforce: 'pre',
  transform: (code, id) =>
    /\/src\/densenet\/[\w/-]+\.ts$/.test(id) && code.includes('field(')
      ? { code: withoutHelp(code), map: null }
      : undefined,
});

/** `help: '…'` as `help: ''`, and no `option: '…'`. */
export const withoutHelp = (code: string): string =>
  code.replace(/\b(help|option):\s*(?:'[^'\\\n]*'|"[^"\\\n]*"),/g, (_, key) => (key === 'help' ? "help: ''," : ''));

/**
 * d3-dsv makes a CSV and a TSV reader as it is loaded, which bundlers keep where nobody asks for them: marked as free of side
 * effects, as its package.json says it is.
 */
export const pureDsvPlugin = (): Plugin => ({
  name: 'pure-dsv',
  transform: (code, id) =>
    id.endsWith('/d3-dsv/dist/d3-dsv.mjs')
      ? { code: code.replace(/^(var|const) (\w+) = ([^\n{}]+);$/gm, '$1 $2 = /*#__PURE__*/ (() => $3)();'), map: null }
      : undefined,
});

export const workerPlugins = (): Plugin[] => [
  minifyWgslPlugin(),
  withoutHelpPlugin(),
  {
    name: 'no-autotune',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source === './search.ts' && importer?.endsWith('/autotune/autotune.ts')
        ? fileURLToPath(new URL('no-autotune.ts', import.meta.url))
        : undefined,
  },
];

// WGSL without what only people read. A marked loop keeps its mark, which `specialize` goes by; lines stay lines.

export const minifyWgsl = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/\/\/(?! unroll\b).*/, '').replace(/(\/\/ unroll\b(?: by \d+)?).*/, '$1'))
    .map((line) => terse(line.trim()))
    .filter((line) => line !== '')
    .join('\n');

/** Without the spaces around operators, but in what `specialize` looks for: loops, bindings and constants. */
const terse = (line: string): string =>
  /^(?:for \(|@|var<|const |alias )/.test(line)
    ? line
    : line
        .replace(/ ([-+*/%<>=!&|]?=|&&|->|[-+*/%<>&|^]) (?=[\w(])/g, '$1')
        .replaceAll(', ', ',')
        .replaceAll(': ', ':');
