// `report.html`: what a training left and how well its network does, as one file.

import { type Html, html } from './html.ts';
import { pageHtml } from './page.ts';
import type { ReportData } from './report-data.ts';
import { calibrationSection, rankingSection, trainingSection } from './sections/curves.ts';
import { datasetSection, runSection } from './sections/facts.ts';
import { classesSection, confusionSection, figuresSection, mistakesSection } from './sections/results.ts';

interface Section {
  readonly id: string;
  readonly title: string;
  /** Null where the data have nothing for it. */
  readonly content: (data: ReportData) => Html | null;
}

const SECTIONS: readonly Section[] = [
  { id: 'results', title: 'Results', content: figuresSection },
  { id: 'training', title: 'Training', content: trainingSection },
  { id: 'classes', title: 'Per class', content: classesSection },
  { id: 'confusion', title: 'Confusion', content: confusionSection },
  { id: 'curves', title: 'ROC and precision-recall', content: rankingSection },
  { id: 'calibration', title: 'Calibration', content: calibrationSection },
  { id: 'mistakes', title: 'Worst mistakes', content: mistakesSection },
  { id: 'data', title: 'Data set', content: datasetSection },
  { id: 'run', title: 'How it was made', content: runSection },
];

/**
 * The report as HTML. A section is left out where its data are missing.
 * @throws ConfigError for a picture that is not a PNG or JPEG within its address
 */
export function reportHtml(data: ReportData): string {
  const { title, summary, split, evaluation, notes = [] } = data;
  const sections = SECTIONS.map(({ id, title: name, content }) => ({ id, name, content: content(data) })).filter(
    ({ content }) => content !== null,
  );
  const images = evaluation ? `${evaluation.images.toLocaleString('en-US')} images` : '';
  const of = [split, images].filter((part) => part !== undefined && part !== '').join(', ');
  const body = html`<header>
<h1>${title}</h1>
${summary === undefined ? null : html`<p>${summary}</p>`}
${of === '' ? null : html`<p class="hint">Results on ${of}.</p>`}
${notes.length > 0 ? html`<ul class="notes">${notes.map((text) => html`<li>${text}</li>`)}</ul>` : null}
<nav aria-label="Sections">${sections.map(({ id, name }) => html`<a href="#${id}">${name}</a>`)}</nav>
</header>
<main>
${sections.map(
  ({ id, name, content }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>
${content}</section>
`,
)}</main>
<footer>Made by densenet-webgpu. Metrics are defined as in scikit-learn.</footer>`;
  return pageHtml(title, body);
}
