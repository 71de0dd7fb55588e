// What the built library and the demo page leave out: the shaders' comments and indentation; the page also what the fields of
// configurations say to a command line, and its worker the autotuner's measuring.

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

/** Takes out what fields say to a command line, which a page has none of: help texts and names of options. */
export const plainFieldsPlugin = (): Plugin => ({
  name: 'plain-fields',
  enforce: 'pre',
  transform: (code, id) =>
    /\/src\/densenet\/(config|train\/[\w-]+)\.ts$/.test(id) ? { code: plainFields(code), map: null } : undefined,
});

/** Help texts stay, empty: a field that has none has no default. */
export const plainFields = (source: string): string =>
  source
    .replace(/\bhelp:\s*(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/g, "help: ''")
    .replace(/\boption:\s*'--[^'\n]*',?/g, '');

export const workerPlugins = (): Plugin[] => [
  minifyWgslPlugin(),
  plainFieldsPlugin(),
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
    .map((line) => line.replace(/\/\/(?! unroll\b).*/, '').replace(/\/\/ unroll\b.*/, '// unroll'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
