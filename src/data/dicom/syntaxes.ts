// How the pixels of a DICOM file may be coded: its transfer syntaxes (DICOM PS3.5, annexes A and 10; PS3.6, annex A), which of them are
// read, and by which decoder.

/** What decodes a frame. */
export type FrameCoding = 'native' | 'rle' | 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000';

interface Syntax {
  /** For messages. */
  readonly name: string;
  /** Left out: not read. */
  readonly coding?: FrameCoding;
}

/** By the last parts of their identifiers, below 1.2.840.10008.1.2. */
const SYNTAXES: Readonly<Record<string, Syntax>> = {
  '': { name: 'implicit VR, little endian', coding: 'native' },
  '.1': { name: 'explicit VR, little endian', coding: 'native' },
  '.1.99': { name: 'deflated', coding: 'native' },
  '.2': { name: 'explicit VR, big endian', coding: 'native' },
  '.5': { name: 'RLE', coding: 'rle' },
  '.4.50': { name: 'JPEG baseline', coding: 'jpeg' },
  // Of 8 bits only: with 12 it is refused when the frame's header is read.
  '.4.51': { name: 'JPEG extended', coding: 'jpeg' },
  '.4.57': { name: 'JPEG lossless', coding: 'jpeg-lossless' },
  '.4.70': { name: 'JPEG lossless, first-order prediction', coding: 'jpeg-lossless' },
  '.4.80': { name: 'JPEG-LS lossless', coding: 'jpeg-ls' },
  '.4.81': { name: 'JPEG-LS near-lossless', coding: 'jpeg-ls' },
  '.4.90': { name: 'JPEG 2000 lossless', coding: 'jpeg-2000' },
  '.4.91': { name: 'JPEG 2000', coding: 'jpeg-2000' },
  '.4.92': { name: 'JPEG 2000 part 2, lossless' },
  '.4.93': { name: 'JPEG 2000 part 2' },
  '.4.94': { name: 'JPIP: pixels on a server' },
  '.4.95': { name: 'JPIP: pixels on a server' },
  '.4.100': { name: 'MPEG-2' },
  '.4.101': { name: 'MPEG-2' },
  '.4.102': { name: 'MPEG-4' },
  '.4.103': { name: 'MPEG-4' },
  '.4.104': { name: 'MPEG-4' },
  '.4.105': { name: 'MPEG-4' },
  '.4.106': { name: 'MPEG-4' },
  '.4.107': { name: 'HEVC' },
  '.4.108': { name: 'HEVC' },
  '.4.110': { name: 'JPEG XL' },
  '.4.111': { name: 'JPEG XL' },
  '.4.112': { name: 'JPEG XL' },
  '.4.201': { name: 'high-throughput JPEG 2000' },
  '.4.202': { name: 'high-throughput JPEG 2000' },
  '.4.203': { name: 'high-throughput JPEG 2000' },
};

const ROOT = '1.2.840.10008.1.2';

/** The syntax of an identifier; undefined for one that the standard does not have among those above. */
export const transferSyntax = (uid: string): Syntax | undefined =>
  uid.startsWith(ROOT) ? SYNTAXES[uid.slice(ROOT.length)] : undefined;
