// The model card of the network in use (Mitchell et al. 2019): what it is, how it was trained as far as its file says, how it decides,
// what was assumed, and what it is not for. On the page and as Markdown, from the same rows.

import { encodeUtf8 } from '../../src/data/utf8.ts';
import type { LoadedNetwork } from '../contract.ts';
import { download } from '../files.ts';
import { type FactRows, Facts, factsOf, reportLines } from '../network/network-facts.tsx';
import type { Page } from '../page.ts';
import { storageName } from '../storage/storage-error.ts';
import { className, format, text } from '../text/text.ts';

interface Section {
  readonly title: string;
  readonly rows?: FactRows;
  readonly lines?: readonly string[];
}

export function CardView({ page }: { page: Page }) {
  const strings = text().card;
  const used = page.network.value;
  if (!used) return <p class="hint">{strings.none}</p>;
  const { loaded, name, source } = used;
  const hash = page.networks.ownOf(used)?.sha256 ?? '';
  const from = { bundled: strings.bundled, 'trained here': strings.here, file: strings.given }[source];
  const title = strings.title(name);
  const file: FactRows = [[strings.file, from], ...(hash === '' ? [] : [['SHA-256', hash] as const])];
  const sections = [{ title: '', rows: [...file, ...factsOf(loaded)] }, ...sectionsOf(loaded)];
  const save = () => download(`${storageName(name)}-card.md`, encodeUtf8(markdown(title, sections)));
  return (
    <section class="panel model-card" aria-labelledby="model-card-title">
      <h2 id="model-card-title">{title}</h2>
      {sections.map(({ title: heading, rows = [], lines = [] }) => (
        <div key={heading}>
          {heading && <h3>{heading}</h3>}
          {lines.map((line) => (
            <p key={line}>{line}</p>
          ))}
          {rows.length > 0 && <Facts rows={rows} />}
        </div>
      ))}
      <button type="button" onClick={save}>
        {strings.download}
      </button>
    </section>
  );
}

function sectionsOf(loaded: LoadedNetwork): readonly Section[] {
  const strings = text().card;
  const lines = reportLines(loaded.report).map(({ line }) => line);
  return [
    { title: strings.training, lines: trainingLines(loaded) },
    decisionsOf(loaded),
    { title: strings.read, lines },
    { title: strings.limits, lines: [strings.limitsText] },
  ];
}

function trainingLines({ training }: LoadedNetwork): readonly string[] {
  const strings = text().card;
  const { count, percent } = format();
  if (!training) return [strings.unknown];
  const { images, epochs, interrupted, validation } = training;
  const learned = `${strings.learned(count(images), count(epochs))}.`;
  return [interrupted ? `${learned} ${strings.stopped}` : learned, `${strings.accuracy(percent(validation, 1))}.`];
}

function decisionsOf({ multiLabel, temperature, thresholds, classNames }: LoadedNetwork): Section {
  const strings = text().card;
  const { decimal, percent } = format();
  const rule = multiLabel ? (thresholds ? strings.points : strings.half) : strings.largest;
  return {
    title: strings.decisions,
    lines: [...(temperature === 1 ? [] : [strings.temperature(decimal(temperature, 3))]), rule],
    ...(multiLabel &&
      thresholds && {
        rows: classNames.map((name, i) => [className(name), percent(thresholds[i] ?? 0.5, 1)] as const),
      }),
  };
}

/** Characters that Markdown would take for its own. */
const escaped = (line: string): string => line.replace(/[\\`*_[\]<>|#]/g, '\\$&');

export function markdown(title: string, sections: readonly Section[]): string {
  const blocks = sections.flatMap(({ title: heading, rows = [], lines = [] }) => [
    ...(heading === '' ? [] : [`## ${escaped(heading)}`]),
    ...lines.map(escaped),
    ...(rows.length === 0 ? [] : [rows.map(([name, value]) => `- **${escaped(name)}**: ${escaped(value)}`).join('\n')]),
  ]);
  return `${[`# ${escaped(title)}`, ...blocks].join('\n\n')}\n`;
}
