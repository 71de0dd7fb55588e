// The report of an evaluation: its figures and pictures, what the checkpoint says of its training, the data set.
import { basename } from 'node:path';
import type { ImageDataset } from '../../src/data/dataset.ts';
import { parseJson } from '../../src/data/json.ts';
import { presetOf } from '../../src/densenet/presets.ts';
import { KEYS, trainingRecord } from '../../src/densenet/train/checkpoint.ts';
import { parseRunMetadata } from '../../src/densenet/train/run-metadata.ts';
import type { ImportedNetwork } from '../../src/densenet/weights/import-options.ts';
import type { EvaluationReport } from '../../src/metrics/evaluation.ts';
import { reportHtml } from '../../src/report/report.ts';
import type { DatasetCard, EpochPoint, Fact, FactGroup, Mistake } from '../../src/report/report-data.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { VERSION } from '../../src/version.ts';
import { thousands } from '../../ui/number-text.ts';
import { note } from '../output.ts';
import { SPLITS, type Split, type Splits } from './data.ts';

export interface ReportSubject {
  readonly checkpoint: string;
  readonly data: string;
  readonly splits: Splits;
  /** Left out, with `evaluation`: no images are evaluated. */
  readonly split?: Split | undefined;
  readonly evaluation?: EvaluationReport | undefined;
  readonly mistakes: readonly Mistake[];
  readonly notes: readonly string[];
  readonly network: ImportedNetwork;
  readonly classNames: readonly string[];
  /** Where it was computed. */
  readonly host: string;
  readonly adapter: string;
  /** Of the run; left out: those that the checkpoint says, if it is a state. */
  readonly epochs?: readonly EpochPoint[] | undefined;
  /** The epoch whose network it is, from 0. */
  readonly bestEpoch?: number | undefined;
  /** How the network came about; left out: what the checkpoint says. */
  readonly run?: readonly FactGroup[] | undefined;
  /** Test-time augmentation; null: none. */
  readonly tta: string | null;
}

export function evaluationReport(of: ReportSubject): string {
  const { checkpoint, data, split, evaluation, mistakes, notes, network } = of;
  const parameters = `${thousands(network.report.parameters)} parameters`;
  return reportHtml({
    title: `${basename(checkpoint)} on ${basename(data)}`,
    summary: `${presetOf(network.config) ?? 'DenseNet'}, ${parameters}, ${of.classNames.length} classes.`,
    split,
    evaluation,
    mistakes,
    notes,
    epochs: of.epochs ?? epochsOf(network),
    bestEpoch: of.bestEpoch,
    dataset: datasetCard(of),
    // The run's own facts say all that its checkpoint does.
    run: [...(of.run ?? [trainingFacts(network)]), networkFacts(of)],
  });
}

/** A run's state has its epochs; a checkpoint does not. */
function epochsOf({ metadata }: ImportedNetwork): readonly EpochPoint[] {
  const text = metadata[KEYS.run];
  try {
    return text === undefined ? [] : parseRunMetadata(parseJson(text, KEYS.run)).epochs;
  } catch (error) {
    if (!(error instanceof DenseNetError)) throw error;
    note(`the report has no training curves: ${error.message}`);
    return [];
  }
}

function datasetCard({ data, splits, classNames }: ReportSubject): DatasetCard {
  const there = SPLITS.flatMap((name) => {
    const images = splits[name];
    return images ? [{ name, images }] : [];
  });
  const first = there[0]?.images;
  const size: Fact[] = first
    ? [['Size', `${first.width} x ${first.height}, ${first.channels} ${first.channels === 1 ? 'channel' : 'channels'}`]]
    : [];
  return {
    facts: [['Source', data], ...size, ['Labels', labelKind(first)]],
    classNames: first?.classNames ?? classNames,
    splits: there.map(({ name, images }) => ({ name, images: images.count, counts: imagesPerClass(images) })),
  };
}

const labelKind = (images: ImageDataset | undefined): string =>
  images?.labels instanceof Float32Array ? 'several per image' : 'one class per image';

function imagesPerClass({ labels, classNames }: ImageDataset): number[] {
  const counts = new Array<number>(classNames.length).fill(0);
  const add = (k: number) => {
    counts[k] = (counts[k] ?? 0) + 1;
  };
  if (labels instanceof Int32Array) for (const label of labels) add(label);
  else for (const [i, label] of labels.entries()) if (label === 1) add(i % classNames.length);
  return counts;
}

/** What the checkpoint says of its training: for people, so whatever stands there. */
const trainingFacts = ({ metadata }: ImportedNetwork): FactGroup => ({
  title: 'Training',
  facts: factsOf(trainingRecord(metadata)),
});

/** JSON as facts: what is no text or number as its JSON, the beginning of what is long. */
export const factsOf = (record: Readonly<Record<string, unknown>>): Fact[] =>
  Object.entries(record).map(([label, value]): Fact => {
    const text = typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
    return [label, typeof text === 'string' && text.length > 200 ? `${text.slice(0, 200)} …` : text];
  });

function networkFacts({ network, evaluation, host, adapter, tta }: ReportSubject): FactGroup {
  const { height, width, mean, std } = network.preprocessing;
  const short = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(4))).join(' ');
  return {
    title: 'Evaluation',
    facts: [
      ['input', `${width} x ${height}`],
      ['mean', short(mean)],
      ['std', short(std)],
      ...(evaluation ? [['temperature', Number(evaluation.temperature.toPrecision(5))] as const] : []),
      ...(tta === null ? [] : [['test-time augmentation', tta] satisfies Fact]),
      ['host', host],
      ['adapter', adapter],
      ['densenet-webgpu', VERSION],
    ],
  };
}
