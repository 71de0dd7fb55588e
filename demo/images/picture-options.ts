// How pictures are decoded, as the visitor wants it: remembered from visit to visit, and two boxes to choose with.

import { type Signal, signal } from '@preact/signals';
import { h } from 'preact';
import { PICTURE_DEFAULTS, type PictureOptions } from '../../src/data/picture-options.ts';
import { setting, storeSetting } from '../settings.ts';
import { text } from '../text/text.ts';

const KEY = 'pictures.';

type Choice = PictureOptions[keyof PictureOptions];
/** For every picture that is read from now on. */
export const pictureOptions: Signal<PictureOptions> = signal({
  exifOrientation: remembered('exifOrientation'),
  colourProfile: remembered('colourProfile'),
});

function remembered(option: keyof PictureOptions): Choice {
  const choice = setting(KEY + option);
  return choice === 'apply' || choice === 'ignore' ? choice : PICTURE_DEFAULTS[option];
}

function choose(option: keyof PictureOptions, choice: Choice): void {
  storeSetting(KEY + option, choice === PICTURE_DEFAULTS[option] ? null : choice);
  pictureOptions.value = { ...pictureOptions.peek(), [option]: choice };
}

/** @param onChange what is shown is to be read anew */
export function PictureOptionBoxes({ onChange }: { onChange: () => void }) {
  const strings = text().images.options;
  const box = (option: keyof PictureOptions, label: string) =>
    h('label', { class: 'check' }, [
      h('input', {
        type: 'checkbox',
        checked: pictureOptions.value[option] === 'apply',
        onChange: ({ currentTarget }: Event & { currentTarget: HTMLInputElement }) => {
          choose(option, currentTarget.checked ? 'apply' : 'ignore');
          onChange();
        },
      }),
      label,
    ]);
  return h('details', null, [
    h('summary', null, strings.title),
    box('exifOrientation', strings.exifOrientation),
    box('colourProfile', strings.colourProfile),
    h('p', { class: 'hint' }, strings.hint),
  ]);
}
