// Files that systems leave in folders and nobody means to give: skipped and counted, never listed as bad.

const NAMES = new Set(['thumbs.db', 'ehthumbs.db', 'desktop.ini', 'icon\r', '__macosx', '$recycle.bin']);

/** @param path with slashes; one hidden folder makes all that is in it junk */
export const isIgnored = (path: string): boolean =>
  path.split('/').some((part) => part.startsWith('.') || part.endsWith('~') || NAMES.has(part.toLowerCase()));
