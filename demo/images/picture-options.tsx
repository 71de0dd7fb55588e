// How pictures are decoded, as the visitor wants it: remembered from visit to visit, and two boxes to choose with.

import { type Signal, signal } from '@preact/signals';
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
  const box = (option: keyof PictureOptions, label: string) => (
    <label class="check">
      <input
        type="checkbox"
        checked={pictureOptions.value[option] === 'apply'}
        onChange={({ currentTarget }: Event & { currentTarget: HTMLInputElement }) => {
          choose(option, currentTarget.checked ? 'apply' : 'ignore');
          onChange();
        }}
      />
      {label}
    </label>
  );
  return (
    <details>
      <summary>{strings.title}</summary>
      {box('exifOrientation', strings.exifOrientation)}
      {box('colourProfile', strings.colourProfile)}
      <p class="hint">{strings.hint}</p>
    </details>
  );
}
