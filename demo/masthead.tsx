// The head of the page: its name, which GPU it computes on, and the switches of language and colours.

import type { Opening, Page } from './page.ts';
import { chooseLanguage, LANGUAGES, type Language, language, text } from './text/text.ts';
import { chooseTheme, THEMES, theme } from './theme.ts';

type SelectEvent = Event & { currentTarget: HTMLSelectElement };

export function Masthead({ page }: { page: Page }) {
  const strings = text().page;
  return (
    <header class="masthead">
      <div>
        <h1>{strings.title}</h1>
        <p class="lead">{strings.lead}</p>
        <GpuLine page={page} />
      </div>
      <div class="switches">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
    </header>
  );
}

function GpuLine({ page }: { page: Page }) {
  const strings = text().page;
  const network = page.network.value;
  const opening = page.opening.value;
  if (page.error.value || opening || !network) {
    return (
      <p class="gpu" role="status">
        {opening ? openingText(opening) : strings.noEngine}
      </p>
    );
  }
  const { name, software } = network.loaded.adapter;
  return (
    <p class={`gpu ${software ? 'software' : 'hardware'}`} role="status">
      <span class="dot" aria-hidden />
      {`${strings.computesOn(name)}${software ? ` ${strings.softwareGpu}` : ''}`}
    </p>
  );
}

function openingText({ step, attempt, slow }: Opening): string {
  const strings = text().page;
  const doing = slow ? strings.slow : strings.opening[step];
  return attempt > 1 ? `${strings.again(attempt)} ${doing}` : doing;
}

function LanguageSwitch() {
  const names = Object.keys(LANGUAGES) as Language[];
  return (
    <label>
      <span>{text().page.language}</span>
      <select onChange={(event: SelectEvent) => chosen(names, event, chooseLanguage)}>
        {names.map((name) => (
          <option key={name} value={name} lang={name} selected={name === language.value}>
            {LANGUAGES[name]}
          </option>
        ))}
      </select>
    </label>
  );
}

function ThemeSwitch() {
  const strings = text().page;
  return (
    <label>
      <span>{strings.theme}</span>
      <select onChange={(event: SelectEvent) => chosen(THEMES, event, chooseTheme)}>
        {THEMES.map((name) => (
          <option key={name} value={name} selected={name === theme.value}>
            {strings.themes[name]}
          </option>
        ))}
      </select>
    </label>
  );
}

function chosen<T extends string>(names: readonly T[], event: SelectEvent, choose: (name: T) => void): void {
  const found = names.find((name) => name === event.currentTarget.value);
  if (found) choose(found);
}
