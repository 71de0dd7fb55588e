// A folder of heat maps of many images: one file per image and class, numbered in the order of the images, so that no two
// have one name, and `index.csv`, which says what each file is of. Network and GPU stay open from one map to the next.

import { mkdir, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { csvFormatRows } from 'd3-dsv';
import type { ExplainMethod } from '../../src/densenet/explain/methods.ts';
import { type Normalisation, normalised } from '../../src/densenet/normalisation.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import { probabilitiesOf } from '../../src/metrics/probabilities.ts';
import { classNamesOf, presentClasses, topClasses } from '../../src/metrics/top-classes.ts';
import { reason } from '../../src/node/file-errors.ts';
import { ConfigError, DenseNetError } from '../../src/runtime/errors.ts';
import { writeWhole } from '../files.ts';
import { explainRequest, explanationPng, explanationTensors, type MethodOptions } from '../heat-maps.ts';
import type { PreparedImage } from '../prediction.ts';
import { RowFile } from './row-output.ts';
import type { RowExplanation } from './rows.ts';

/** What a heat map can be written as: a picture, or its numbers. */
export const MAP_TYPES = ['png', 'safetensors'] as const;
export type MapType = (typeof MAP_TYPES)[number];

export interface HeatMapOptions extends MethodOptions {
  readonly method: ExplainMethod;
  readonly type: MapType;
  /** The classes to explain of every image; left out: the predicted one, or of several at once those that are present. */
  readonly labels?: readonly number[] | undefined;
  /** Files that are there already may be replaced. */
  readonly overwrite: boolean;
}

const COLUMNS = ['map', 'file', 'label', 'class', 'probability', 'method', 'height', 'width', 'error'] as const;

export class HeatMapFolder {
  /** Maps that could not be made. */
  failures = 0;
  private images = 0;
  private isOpen = false;

  private constructor(
    private readonly folder: string,
    private readonly index: RowFile,
    private readonly network: ImportedNetwork,
    private readonly options: HeatMapOptions,
  ) {}

  /** @throws ConfigError where the folder cannot be made, or is not empty; StorageError where another run has it */
  static async open(
    option: string,
    folder: string,
    network: ImportedNetwork,
    options: HeatMapOptions,
  ): Promise<HeatMapFolder> {
    try {
      await mkdir(folder, { recursive: true });
      const [name] = await readdir(folder);
      if (name !== undefined && !options.overwrite) {
        const rule = `is not empty (${name}): choose another folder, or replace its maps (--overwrite)`;
        throw new ConfigError(option, folder, rule);
      }
    } catch (cause) {
      if (cause instanceof ConfigError) throw cause;
      throw new ConfigError(option, folder, `cannot be written: ${reason(cause)}`);
    }
    const index = await RowFile.open(option, join(folder, 'index.csv'), options.overwrite);
    await index.frame(`${csvFormatRows([[...COLUMNS]])}\n`);
    return new HeatMapFolder(folder, index, network, options);
  }

  /**
   * Writes the maps of an image. One that is not finite is a row with its error in the index.
   * @param normalisation of the image's bytes; left out: it is normalised already
   * @throws ConfigError, LimitError for options that the network does not fit; GpuError; StorageError
   */
  async write(
    client: JobClient<HostJobs>,
    checkpoint: Uint8Array,
    image: PreparedImage,
    logits: Float32Array,
    normalisation?: Normalisation,
  ): Promise<RowExplanation[]> {
    const { method, type } = this.options;
    const { config, classNames, multiLabel } = this.network;
    if (!this.isOpen) await client.run('open-explainer', { checkpoint });
    this.isOpen = true;
    this.images++;
    const { pixels } = image;
    const bytes = pixels instanceof Uint8Array ? pixels : image.shown;
    const input =
      pixels instanceof Uint8Array
        ? normalised(pixels, normalisation ?? this.network.preprocessing, config.inputChannels)
        : pixels;
    const explained = { network: this.network, input, pixels: bytes };
    const probabilities = probabilitiesOf(
      logits,
      multiLabel ? 'multi-label' : 'single-label',
      this.network.temperature,
    );
    const names = classNamesOf(config.classes, classNames);
    const written: RowExplanation[] = [];
    for (const index of this.labelsOf(logits, probabilities)) {
      const request = explainRequest(method, index, this.options);
      const name = names[index] ?? '';
      const about = [image.name, index, name, probabilities[index] ?? 0, method];
      try {
        const found = await client.run('run-explainer', { request, image: input });
        const content =
          type === 'png'
            ? await explanationPng(explained, found)
            : explanationTensors(explained, found, request, false);
        const map = mapName(this.images, image.name, index, type);
        await writeWhole(join(this.folder, map), content);
        await this.indexRow(map, ...about, found.report.height, found.report.width, '');
        written.push({ index, name, map: join(this.folder, map) });
      } catch (error) {
        if (!(error instanceof DenseNetError) || error.code !== 'not-finite') throw error;
        this.failures++;
        await this.indexRow('', ...about, '', '', error.message);
      }
    }
    return written;
  }

  /** Ends the index. @param complete whether all images were explained */
  end(complete: boolean): Promise<void> {
    return this.index.end(complete);
  }

  private labelsOf(logits: Float32Array, probabilities: readonly number[]): readonly number[] {
    const { multiLabel, thresholds } = this.network;
    if (this.options.labels) return this.options.labels;
    if (multiLabel) return presentClasses(probabilities, thresholds);
    return topClasses(logits, 1).map(({ index }) => index);
  }

  private indexRow(...values: readonly (string | number)[]): Promise<void> {
    return this.index.write(`${csvFormatRows([values.map(String)])}\n`);
  }
}

/** Characters of a file's own name that its map keeps, of up to four bytes: file systems allow 255 in all. */
const KEPT = 40;

/** The image's number makes it unique, also where names differ in case only; the rest is for people. */
function mapName(number: number, file: string, label: number, type: MapType): string {
  const stem = basename(file, extname(file)).replace(/[^\p{L}\p{N}._-]+/gu, '_');
  const kept = [...stem].slice(0, KEPT).join('');
  return `${String(number).padStart(6, '0')}-${kept}-class-${label}.${type}`;
}

/**
 * The classes that `--class` names: numbers counted from 0, or names, separated by commas.
 * @throws ConfigError for one that the network does not have
 */
export function labelsOf(
  texts: readonly string[],
  { config, classNames }: Pick<ImportedNetwork, 'config' | 'classNames'>,
): readonly number[] {
  const names = classNamesOf(config.classes, classNames);
  // A name may hold commas.
  const parts = texts.flatMap((text) => (names.includes(text) ? [text] : text.split(',').map((part) => part.trim())));
  const labels = parts.map((part) => {
    const label = /^\d+$/.test(part) ? Number(part) : names.indexOf(part);
    if (label >= 0 && label < config.classes) return label;
    const some = names.slice(0, 5).join(', ');
    const rule = `is no class of this network: give a number from 0 to ${config.classes - 1}, or a name (${some} …)`;
    throw new ConfigError('--class', part, rule);
  });
  return [...new Set(labels)];
}
