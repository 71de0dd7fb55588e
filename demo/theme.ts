// Light or dark: as the system says, unless the visitor chose one here before. The stylesheet's colours are pairs for
// light-dark(), so that all it takes is the root element's color-scheme (theme.css).

import { type Signal, signal } from '@preact/signals';
import { setting, storeSetting } from './settings.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'theme';

/** What the visitor chose; charts, which draw their colours themselves, are drawn again when it changes. */
export const theme: Signal<Theme> = signal('system');

export function startTheme(): void {
  show(THEMES.find((known) => known === setting(KEY)) ?? 'system');
}

export function chooseTheme(chosen: Theme): void {
  storeSetting(KEY, chosen === 'system' ? null : chosen);
  show(chosen);
}

function show(chosen: Theme): void {
  document.documentElement.dataset.theme = chosen;
  theme.value = chosen;
}
