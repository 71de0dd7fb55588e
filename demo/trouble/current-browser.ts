// What the page needs of a browser beside WebGPU, and that an old one lacks: better said at once than where it is used.

const NEEDED = ['OffscreenCanvas', 'createImageBitmap', 'DecompressionStream', 'structuredClone', 'ResizeObserver'];

/** The browser has no such interface. */
export class OldBrowserError extends Error {
  override readonly name = 'OldBrowserError';

  constructor(readonly missing: readonly string[]) {
    super(`this browser has no ${missing.join(', no ')}; update it`);
  }
}

/** @throws OldBrowserError */
export function assertCurrentBrowser(): void {
  const missing = NEEDED.filter((name) => !(name in globalThis));
  if (missing.length > 0) throw new OldBrowserError(missing);
}
