// The page's language: the browser's where the page speaks it, unless the visitor chose one here before. A view that
// calls `text()` or `format()` is drawn again when the language changes.

import { type Signal, signal } from '@preact/signals';
import { setting, storeSetting } from '../settings.ts';
import { en, type Text } from './en.ts';
import { type Format, formatIn } from './format.ts';

/** Each in its own words, as people look for theirs. */
export const LANGUAGES = { en: 'English', ko: '한국어' } as const;
export type Language = keyof typeof LANGUAGES;

/** English comes with the page; the others are loaded when they are wanted, so that nobody waits for what is not shown. */
const TEXTS: Partial<Record<Language, Text>> & { readonly en: Text } = { en };
const LOADERS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<Text>>> = {
  ko: async () => (await import('./ko.ts')).ko,
};

const FORMATS: Readonly<Record<Language, Format>> = { en: formatIn('en'), ko: formatIn('ko') };
const KEY = 'language';
const isLanguage = (name: string | null | undefined): name is Language =>
  typeof name === 'string' && Object.hasOwn(LANGUAGES, name);

/** The language in use; `startLanguage` sets it to the visitor's. */
export const language: Signal<Language> = signal('en');

/** All texts, in the language in use. */
export const text = (): Text => TEXTS[language.value] ?? en;

/** How numbers are written in the language in use. */
export const format = (): Format => FORMATS[language.value];

/** The name of a class in the language in use: translated for the bundled networks, else as the network's file says. */
export function className(name: string): string {
  const { classes } = text();
  return Object.hasOwn(classes, name) ? classes[name as keyof typeof classes] : name;
}

/** The first of the browser's languages that the page speaks: `ko-KR` is Korean. English where it speaks none. */
export function preferredLanguage(wanted: readonly string[]): Language {
  return wanted.map((tag) => tag.toLowerCase().split(/[-_]/)[0]).find(isLanguage) ?? 'en';
}

/** The visitor's language from here on: the one chosen here before, else the browser's; English where it does not load. */
export async function startLanguage(): Promise<void> {
  const chosen = setting(KEY);
  await show(isLanguage(chosen) ? chosen : preferredLanguage(navigator.languages)).catch(() => show('en'));
}

/** The page stays in its language where the chosen one does not load. @throws what the browser says of it */
export async function chooseLanguage(chosen: Language): Promise<void> {
  await show(chosen);
  storeSetting(KEY, chosen);
}

/** Counts the calls of `show`: of two languages that load at once the one asked for last is shown. */
let asked = 0;

async function show(chosen: Language): Promise<void> {
  const turn = ++asked;
  if (chosen !== 'en') TEXTS[chosen] ??= await LOADERS[chosen]();
  if (turn !== asked) return;
  language.value = chosen;
  document.documentElement.lang = chosen;
}
