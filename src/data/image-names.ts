// Names of files and folders in a data set: which are images, which are hidden, and in which order they come. The order is
// Python's `sorted`, by code points, so that classes have the numbers that torchvision's ImageFolder gives them.

/** Endings of the images that are read, in lower case. */
export const IMAGE_ENDINGS = ['.png', '.jpg', '.jpeg', '.jfif', '.webp', '.gif', '.tif', '.tiff', '.avif'] as const;

export const endingOf = (name: string): string => /\.[^./\\]{1,8}$/.exec(name)?.[0].toLowerCase() ?? '';

/** By its ending; what a file really holds is seen when it is decoded. */
export const isImageName = (name: string): boolean => IMAGE_ENDINGS.some((ending) => ending === endingOf(name));

/** What systems and programs leave beside images. */
export const isHidden = (name: string): boolean => name.startsWith('.') || SYSTEM_NAMES.includes(name.toLowerCase());

const SYSTEM_NAMES = ['__macosx', 'thumbs.db', 'desktop.ini', '@eadir', '$recycle.bin', 'system volume information'];

/** By code points, as Python sorts: UTF-16 puts surrogates, which come last, before U+E000. */
export function compareNames(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i++) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
