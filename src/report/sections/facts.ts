// The parts that are lists and tables of what is known: the data set, and how the network came about.

import { type Html, html } from '../html.ts';
import { count, percent } from '../numbers.ts';
import type { Fact, ReportData } from '../report-data.ts';

const factList = (facts: readonly Fact[]): Html =>
  html`<dl class="facts">${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;

/** Source, splits, images per class. */
export function datasetSection({ dataset }: ReportData): Html | null {
  if (!dataset) return null;
  const { facts, classNames, splits } = dataset;
  const total = (counts: readonly number[]) => counts.reduce((sum, images) => sum + images, 0);
  const cell = (images: number, of: number) =>
    html`<td class="number">${count(images)} <small>${percent(of > 0 ? images / of : Number.NaN)}</small></td>`;
  return html`${factList(facts)}
${
  splits.length > 0
    ? html`<div class="scroll" tabindex="0" role="region" aria-label="Images per class"><table>
<thead><tr><th scope="col">class</th>${splits.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${classNames.map(
        (name, k) =>
          html`<tr><th scope="row">${name}</th>${splits.map(({ counts }) => cell(counts[k] ?? 0, total(counts)))}</tr>`,
      )}</tbody>
<tfoot><tr><th scope="row">images</th>${splits.map(({ images }) => html`<td class="number">${count(images)}</td>`)}</tr></tfoot>
</table></div>`
    : null
}`;
}

/** Hyperparameters, seeds, adapter, versions. */
export function runSection({ run = [] }: ReportData): Html | null {
  const groups = run.filter(({ facts }) => facts.length > 0);
  if (groups.length === 0) return null;
  return html`${groups.map(({ title, facts }) => html`<h3>${title}</h3>${factList(facts)}`)}`;
}
