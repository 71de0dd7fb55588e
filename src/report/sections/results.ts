// The parts that say how well the network does: the figures on top, each class, what is taken for what, the worst mistakes.

import type { Estimate } from '../../metrics/estimates.ts';
import type { EvaluationReport } from '../../metrics/evaluation.ts';
import type { MultiLabelEvaluation } from '../../metrics/multi-label.ts';
import type { SingleLabelEvaluation } from '../../metrics/single-label.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { type Content, type Html, html } from '../html.ts';
import { count, fixed, percent } from '../numbers.ts';
import type { Mistake, ReportData } from '../report-data.ts';

/** The figures that people ask for first. */
export function figuresSection({ evaluation }: ReportData): Html | null {
  if (!evaluation) return null;
  const { resamples, confidence, seed } = evaluation.bootstrap;
  const level = Number((100 * confidence).toPrecision(4));
  return html`<div class="tiles">${figuresOf(evaluation)}</div>
${resamples > 0 ? html`<p class="hint">Ranges are ${level}% bootstrap percentile intervals (${count(resamples)} resamples, seed ${seed}).</p>` : null}`;
}

function figuresOf(evaluation: EvaluationReport): Html[] {
  const { macroAuroc, macroAveragePrecision, macro, calibration } = evaluation;
  const shared = [
    tile('Mean AUROC', fixed(macroAuroc?.value), range(macroAuroc, fixed)),
    tile('Mean average precision', fixed(macroAveragePrecision?.value), range(macroAveragePrecision, fixed)),
    tile('Macro F1', fixed(macro.f1)),
    tile('Calibration error', fixed(calibration.expectedCalibrationError)),
  ];
  if (evaluation.task === 'multi-label') {
    const { exactMatch, accuracy, loss } = evaluation;
    return [
      tile('Labels right', percent(accuracy)),
      tile('All labels of an image right', percent(exactMatch?.value), range(exactMatch, percent)),
      tile('Log loss', fixed(loss)),
      ...shared,
    ];
  }
  const { accuracy, top5Accuracy, balancedAccuracy, loss } = evaluation;
  return [
    tile('Accuracy', percent(accuracy.value), range(accuracy, percent)),
    ...(top5Accuracy === null ? [] : [tile('Top-5 accuracy', percent(top5Accuracy))]),
    tile('Balanced accuracy', percent(balancedAccuracy)),
    tile('Log loss', fixed(loss.value), range(loss, fixed)),
    ...shared,
  ];
}

const tile = (name: string, value: string, interval = ''): Html =>
  html`<div class="tile"><span>${name}</span><strong>${value}</strong><small>${interval}</small></div>`;

const range = (estimate: Estimate | null, text: (value: number) => string): string =>
  estimate?.interval ? `${text(estimate.interval.low)} – ${text(estimate.interval.high)}` : '';

/** A table row per class, with a bar for its F1. */
export function classesSection({ evaluation }: ReportData): Html | null {
  if (!evaluation) return null;
  return evaluation.task === 'single-label' ? classTable(evaluation) : labelTable(evaluation);
}

const estimated = (estimate: Estimate | null): Html =>
  html`<td class="number">${fixed(estimate?.value)}<br><small>${range(estimate, fixed)}</small></td>`;
const number = (value: Content): Html => html`<td class="number">${value}</td>`;
const barred = (value: number): Html =>
  html`<td class="number barred" style="--share:${value.toFixed(3)}">${fixed(value)}</td>`;

function classTable({ classes, macro, weighted }: SingleLabelEvaluation): Html {
  const average = (name: string, of: typeof macro) =>
    html`<tr><th scope="row">${name}</th><td></td>${number(fixed(of.precision))}${number(fixed(of.recall))}${barred(of.f1)}<td></td><td></td></tr>`;
  return scrolled(
    'Metrics per class',
    ['class', 'images', 'precision', 'recall', 'F1', 'AUROC', 'average precision'],
    classes.map(
      (one) =>
        html`<tr><th scope="row">${one.name}</th>${number(count(one.support))}${number(fixed(one.precision))}${number(fixed(one.recall))}${barred(one.f1)}${estimated(one.auroc)}${estimated(one.averagePrecision)}</tr>`,
    ),
    [average('macro average', macro), average('weighted average', weighted)],
  );
}

function labelTable({ labels, macro, micro, weighted }: MultiLabelEvaluation): Html {
  const average = (name: string, of: typeof macro) =>
    html`<tr><th scope="row">${name}</th><td></td><td></td>${number(fixed(of.recall))}<td></td>${number(fixed(of.precision))}${barred(of.f1)}<td></td><td></td></tr>`;
  return scrolled(
    'Metrics per label',
    [
      'label',
      'with / known',
      'threshold',
      'sensitivity',
      'specificity',
      'precision',
      'F1',
      'AUROC',
      'average precision',
    ],
    labels.map(
      (one) =>
        html`<tr><th scope="row">${one.name}</th>${number(`${count(one.positives)} / ${count(one.positives + one.negatives)}`)}${number(fixed(one.threshold))}${number(fixed(one.recall))}${number(fixed(one.specificity))}${number(fixed(one.precision))}${barred(one.f1)}${estimated(one.auroc)}${estimated(one.averagePrecision)}</tr>`,
    ),
    [average('macro average', macro), average('micro average', micro), average('weighted average', weighted)],
  );
}

/** A table that scrolls sideways where it is too wide; the first column stays. */
function scrolled(
  label: string,
  heading: readonly string[],
  rows: readonly Html[],
  footer: readonly Html[] = [],
): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${heading.map((name, i) => (i === 0 ? html`<th scope="col">${name}</th>` : html`<th scope="col" class="number">${name}</th>`))}</tr></thead>
<tbody>${rows}</tbody>${footer.length > 0 ? html`<tfoot>${footer}</tfoot>` : null}
</table></div>`;
}

/** Classes up to which the whole matrix is shown; of more, the commonest confusions. */
const MATRIX = 30;
const CONFUSIONS = 30;

/** Rows are what images are, columns what they were taken for. Of several labels: right and wrong decisions per label. */
export function confusionSection({ evaluation }: ReportData): Html | null {
  if (!evaluation) return null;
  if (evaluation.task === 'multi-label') return decisionTable(evaluation);
  const { classes, confusion } = evaluation;
  if (classes.length > MATRIX) return commonest(evaluation);
  return html`<p class="hint">Rows: what images are. Columns: what they were predicted to be.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="matrix">
<thead><tr><td></td>${classes.map(({ name }) => html`<th scope="col"><span>${name}</span></th>`)}</tr></thead>
<tbody>${confusion.map((row, k) => {
    const total = Math.max(
      row.reduce((sum, images) => sum + images, 0),
      1,
    );
    const cells = row.map(
      (images, predicted) =>
        html`<td class="${predicted === k ? 'right' : 'wrong'}" style="--share:${(images / total).toFixed(3)}">${images === 0 ? '·' : count(images)}</td>`,
    );
    return html`<tr><th scope="row">${classes[k]?.name}</th>${cells}</tr>`;
  })}</tbody></table></div>`;
}

function commonest({ classes, confusion }: SingleLabelEvaluation): Html {
  const cells = confusion.flatMap((row, is) => row.map((images, predicted) => ({ is, predicted, images })));
  const wrong = cells
    .filter(({ is, predicted, images }) => is !== predicted && images > 0)
    .toSorted((a, b) => b.images - a.images)
    .slice(0, CONFUSIONS);
  if (wrong.length === 0) return html`<p>No image was taken for another class.</p>`;
  return scrolled(
    'The commonest confusions',
    ['is', 'predicted', 'images'],
    wrong.map(
      ({ is, predicted, images }) =>
        html`<tr><th scope="row">${classes[is]?.name}</th><td class="number">${classes[predicted]?.name}</td>${number(count(images))}</tr>`,
    ),
  );
}

const decisionTable = ({ labels }: MultiLabelEvaluation): Html =>
  scrolled(
    'Decisions per label',
    ['label', 'found', 'missed', 'false alarms', 'rightly absent'],
    labels.map(
      (one) =>
        html`<tr><th scope="row">${one.name}</th>${number(count(one.truePositives))}${number(count(one.falseNegatives))}${number(count(one.falsePositives))}${number(count(one.trueNegatives))}</tr>`,
    ),
  );

const PICTURE = /^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/;

/** @throws ConfigError for a picture that is not in the report itself */
export function mistakesSection({ mistakes = [] }: ReportData): Html | null {
  if (mistakes.length === 0) return null;
  const picture = (of: Mistake, address: string, alt: string) => {
    if (!PICTURE.test(address))
      throw new ConfigError(`picture of ${of.name}`, address.slice(0, 60), 'must be data:image/png;base64,… or JPEG');
    return html`<img src="${address}" alt="${alt}">`;
  };
  return html`<div class="mistakes">${mistakes.map(
    (of) => html`<figure>
<div class="pair">${picture(of, of.picture, of.name)}${
      of.heatMap === undefined ? null : picture(of, of.heatMap, `where the network looked in ${of.name}`)
    }</div>
<figcaption><b>${of.label}</b> predicted to be <b>${of.predicted}</b> (${percent(of.probability)})<br><small>${of.name}, loss ${fixed(of.loss)}</small></figcaption>
</figure>`,
  )}</div>`;
}
