// A page's files as prepared pixels: decoded a few at a time, kept in memory up to a limit, and decoded again when the others are
// read. A file that gives other pixels then is an error.

import type { LabelTask } from '../data/dataset.ts';
import { fileDataset } from '../data/file-set.ts';
import type { ImageProblem, ListedImage } from '../data/image-folder.ts';
import { mapInOrder } from '../data/map-in-order.ts';
import type { PictureOptions } from '../data/picture-options.ts';
import { PixelTotals, pixelSums } from '../data/pixel-sums.ts';
import { type DecodedImage, type InputSize, prepareImage } from '../data/preprocess.ts';
import { sha256 } from '../data/sha256.ts';
import type { PartName } from '../data/split.ts';
import { asPredicted, type PartSizes } from '../data/train-resize.ts';
import { DataError } from '../runtime/errors.ts';
import { printableName } from '../runtime/printable.ts';
import { isRefusal } from './decode-picture.ts';
import { type FilePlace, reasonOf } from './file-tree.ts';
import { IMAGE_NOTE_TEXTS, type ImageNote, MAX_FILE_BYTES, type Refusal, refusalProblem } from './refusal.ts';

/** Decodes one file's bytes. */
export type PictureDecoder = (
  bytes: Uint8Array<ArrayBuffer>,
  options: PictureOptions,
) => Promise<{ readonly image: DecodedImage; readonly notes: readonly ImageNote[] } | Refusal>;

export type ImageFile = ListedImage<FilePlace>;

/** Files that are decoded at a time: the browser decodes in threads of its own. */
export const AT_ONCE = 4;

/** A file's picture, or why there is none. */
export async function readPicture(
  { file }: FilePlace,
  pictures: PictureOptions,
  decoder: PictureDecoder,
): Promise<{ readonly image: DecodedImage; readonly notes: readonly ImageNote[] } | { readonly problem: string }> {
  if (file.size > MAX_FILE_BYTES) return { problem: refusalProblem({ kind: 'too-many-bytes', bytes: file.size }) };
  try {
    const bytes = await file.arrayBuffer().catch(() => undefined);
    const decoded = bytes ? await decoder(new Uint8Array(bytes), pictures) : ({ kind: 'unreadable' } as const);
    return isRefusal(decoded) ? { problem: refusalProblem(decoded) } : decoded;
  } catch (error) {
    // No memory for its pixels, say.
    return { problem: refusalProblem({ kind: 'failed', detail: reasonOf(error) }) };
  }
}

/** What is known of a file that could be decoded. */
interface Row {
  readonly height: number;
  readonly width: number;
  /** SHA-256 of its prepared pixels. */
  readonly digest: string;
}

export type Decoded =
  | { readonly pixels: Uint8Array<ArrayBuffer>; readonly notes: readonly ImageNote[]; readonly row: Row }
  | { readonly problem: string };

/** Files as prepared pixels: the first of them kept in memory, as many as a limit has room for. */
export class DecodedFiles {
  readonly problems: ImageProblem[] = [];
  private readonly rows = new Map<number, Row>();
  private readonly kept = new Map<number, Uint8Array>();
  private readonly totals = new Map<PartName, PixelTotals>();
  private readonly seen = new Map<ImageNote, { readonly file: string; count: number }>();
  private readonly bytes: number;

  constructor(
    private readonly files: readonly ImageFile[],
    private readonly input: InputSize,
    private readonly sizes: PartSizes,
    private readonly pictures: PictureOptions,
    private readonly decoder: PictureDecoder,
    private readonly cacheBytes: number,
  ) {
    this.bytes = input.channels * input.height * input.width;
  }

  get notes(): readonly string[] {
    return [...this.seen].map(([note, { file, count }]) => {
      const more = count > 1 ? ` (as are ${count - 1} more)` : '';
      return `${printableName(file)} ${IMAGE_NOTE_TEXTS[note]}${more}`;
    });
  }

  /** A file's picture as the network takes it, or why there is none. @throws ConfigError for an input that no image fits */
  async decode(file: FilePlace): Promise<Decoded> {
    const found = await readPicture(file, this.pictures, this.decoder);
    if ('problem' in found) return found;
    const { height, width } = found.image;
    const pixels = prepareImage(found.image, this.input);
    return { pixels, notes: found.notes, row: { height, width, digest: await sha256(pixels) } };
  }

  /** What was decoded of a file for the first time. */
  add(index: number, decoded: Decoded): void {
    const file = this.files[index];
    if (!file) return;
    if ('problem' in decoded) {
      this.problems.push({ path: file.name, problem: decoded.problem });
      return;
    }
    const { pixels, notes, row } = decoded;
    const { channels } = this.input;
    const totals = this.totals.get(file.part) ?? new PixelTotals(channels);
    totals.add(pixelSums(pixels, channels));
    this.totals.set(file.part, totals);
    for (const note of notes) {
      const known = this.seen.get(note);
      if (known) known.count++;
      else this.seen.set(note, { file: file.name, count: 1 });
    }
    if ((this.kept.size + 1) * this.bytes <= this.cacheBytes) this.kept.set(index, pixels);
    this.rows.set(index, row);
  }

  /** The images of one part; none where no file of it could be decoded. */
  part(part: PartName, classNames: readonly string[], task: LabelTask) {
    const own = [...this.files.entries()].flatMap(([index, file]) => {
      const row = this.rows.get(index);
      return row && file.part === part ? [{ index, file, row }] : [];
    });
    if (own.length === 0) return [];
    const { channels, height, width } = this.input;
    const at = (index: number) => own[index]?.index ?? 0;
    const size = (index: number) => own[index]?.row ?? { height, width };
    const whole = fileDataset(
      own.map(({ file }) => file),
      {
        channels,
        height,
        width,
        classNames,
        task,
        size,
        read: (indices, into) => this.read(Array.from(indices, at), into),
      },
    );
    return [
      {
        part,
        dataset: part === 'train' ? whole : asPredicted(whole, this.sizes, size),
        groups: own.map(({ file }) => file.group),
        contents: own.map(({ row }) => row.digest),
        totals: this.totals.get(part) ?? new PixelTotals(channels),
      },
    ];
  }

  /** As ImageDataset.read, by the numbers of files. */
  private async read(indices: readonly number[], into: Uint8Array): Promise<void> {
    let slot = 0;
    for await (const pixels of mapInOrder(indices, AT_ONCE, (index) => this.pixels(index)))
      into.set(pixels, slot++ * this.bytes);
  }

  private async pixels(index: number): Promise<Uint8Array> {
    const kept = this.kept.get(index);
    if (kept) return kept;
    const file = this.files[index];
    const decoded: Decoded = file ? await this.decode(file) : { problem: 'is not there' };
    const gone = (problem: string) => new DataError(file?.name ?? '', 0, `its file ${problem}; open the files again`);
    if ('problem' in decoded) throw gone(decoded.problem);
    if (decoded.row.digest !== this.rows.get(index)?.digest) throw gone('gives other pixels now');
    return decoded.pixels;
  }
}
