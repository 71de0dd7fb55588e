// The head of the page: its name, which GPU it computes on, and the switches of language and colours.

import { h } from 'preact';
import type { Opening, Page } from './page.ts';
import { chooseLanguage, LANGUAGES, type Language, language, text } from './text/text.ts';
import { chooseTheme, THEMES, theme } from './theme.ts';

type SelectEvent = Event & { currentTarget: HTMLSelectElement };

export function Masthead({ page }: { page: Page }) {
  const strings = text().page;
  return h('header', { class: 'masthead' }, [
    h('div', null, [h('h1', null, strings.title), h('p', { class: 'lead' }, strings.lead), h(GpuLine, { page })]),
    h('div', { class: 'switches' }, [h(LanguageSwitch, null), h(ThemeSwitch, null)]),
  ]);
}

function GpuLine({ page }: { page: Page }) {
  const strings = text().page;
  const network = page.network.value;
  const opening = page.opening.value;
  if (page.error.value || opening || !network) {
    return h('p', { class: 'gpu', role: 'status' }, opening ? openingText(opening) : strings.noEngine);
  }
  const { name, software } = network.loaded.adapter;
  return h('p', { class: `gpu ${software ? 'software' : 'hardware'}`, role: 'status' }, [
    h('span', { class: 'dot', 'aria-hidden': true }),
    `${strings.computesOn(name)}${software ? ` ${strings.softwareGpu}` : ''}`,
  ]);
}

function openingText({ step, attempt, slow }: Opening): string {
  const strings = text().page;
  const doing = slow ? strings.slow : strings.opening[step];
  return attempt > 1 ? `${strings.again(attempt)} ${doing}` : doing;
}

function LanguageSwitch() {
  const names = Object.keys(LANGUAGES) as Language[];
  return h('label', null, [
    h('span', null, text().page.language),
    h(
      'select',
      { onChange: (event: SelectEvent) => chosen(names, event, chooseLanguage) },
      names.map((name) =>
        h('option', { key: name, value: name, lang: name, selected: name === language.value }, LANGUAGES[name]),
      ),
    ),
  ]);
}

function ThemeSwitch() {
  const strings = text().page;
  return h('label', null, [
    h('span', null, strings.theme),
    h(
      'select',
      { onChange: (event: SelectEvent) => chosen(THEMES, event, chooseTheme) },
      THEMES.map((name) =>
        h('option', { key: name, value: name, selected: name === theme.value }, strings.themes[name]),
      ),
    ),
  ]);
}

function chosen<T extends string>(names: readonly T[], event: SelectEvent, choose: (name: T) => void): void {
  const found = names.find((name) => name === event.currentTarget.value);
  if (found) choose(found);
}
