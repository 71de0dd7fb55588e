// How much JavaScript a peer costs a page: the files that the browser fetched for it, compressed as a server would.

export type CodeSize = {
  /** Bytes of JavaScript after gzip. */
  readonly script: number;
  /** Bytes of WebAssembly after gzip; 0 where there is none. */
  readonly wasm: number;
};

/** The files that this realm has fetched so far, its own script among them. */
export function fetchedCode(): string[] {
  const names = performance.getEntriesByType('resource').map(({ name }) => name);
  return [...new Set([location.href, ...names])].filter((name) => /\.(m?js|wasm)(\?|$)/.test(name));
}

export async function codeSize(addresses: readonly string[]): Promise<CodeSize> {
  const size = { script: 0, wasm: 0 };
  for (const address of addresses) {
    const kind = /\.wasm(\?|$)/.test(address) ? 'wasm' : 'script';
    size[kind] += await gzipped(address);
  }
  return size;
}

async function gzipped(address: string): Promise<number> {
  const { body } = await fetch(address);
  if (!body) return 0;
  let bytes = 0;
  const reader = body.pipeThrough(new CompressionStream('gzip')).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.byteLength;
  return bytes;
}
