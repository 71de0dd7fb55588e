// One class of the visitor's own: its name, how many images it has, small pictures of them, and ways to have more.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { FileButton } from '../images/give-images.tsx';
import { Thumbnail } from '../images/thumbnail.tsx';
import { format, text } from '../text/text.ts';
import { countsOf, type Example, type OwnClass } from './own-classes.ts';
import type { OwnImages } from './own-images.ts';
import { Recorder } from './recorder.tsx';

/** Small pictures that are shown at first, and how many more at a click. */
const FIRST = 8;
const MORE = 48;

export interface ClassCardProps {
  readonly own: OwnImages;
  readonly one: OwnClass;
  /** The webcam's, while it is on. */
  readonly video: HTMLVideoElement | undefined;
  readonly disabled: boolean;
}

type InputEvent = Event & { currentTarget: HTMLInputElement };

export function ClassCard({ own, one, video, disabled }: ClassCardProps) {
  const strings = text().data.card;
  const { count } = format();
  const { id, name, included, examples } = one;
  const shown = useSignal(FIRST);
  const [split] = countsOf([{ ...one, included: true }]);
  // The newest first: a recording shows what it takes.
  const visible = examples.slice(-shown.value).reverse();
  const hidden = examples.length - visible.length;
  return (
    <li class={included ? 'class-card' : 'class-card excluded'}>
      <div class="row">
        <input
          type="text"
          class="class-name"
          value={name}
          maxLength={80}
          aria-label={strings.name}
          onInput={({ currentTarget }: InputEvent) => own.change(id, { name: currentTarget.value })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={included}
            onChange={({ currentTarget }: InputEvent) => own.change(id, { included: currentTarget.checked })}
          />
          {strings.include}
        </label>
      </div>
      <p class="hint">{strings.counts(count(split?.training ?? 0), count(split?.validation ?? 0))}</p>
      <div class="row">
        {video && <Recorder own={own} id={id} video={video} name={name} disabled={disabled} />}
        <FileButton
          label={strings.files(name)}
          accept="image/*"
          disabled={disabled}
          onSelect={(selection) => own.addFiles(id, selection)}
        />
        <button type="button" aria-label={strings.remove(name)} onClick={() => own.removeClass(id)}>
          {strings.removeShort}
        </button>
      </div>
      <Examples own={own} id={id} examples={visible} />
      {hidden > 0 && (
        <button type="button" onClick={() => (shown.value += MORE)}>
          {strings.more(count(hidden))}
        </button>
      )}
    </li>
  );
}

function Examples({ own, id, examples }: { own: OwnImages; id: number; examples: readonly Example[] }) {
  const strings = text().data.card;
  const previews = own.previews.value;
  const asked = useRef('');
  const key = examples.map((example) => example.id).join();
  useEffect(() => {
    if (asked.current === key) return;
    asked.current = key;
    own.wantPreviews(examples);
  }, [key]);
  if (examples.length === 0) return null;
  return (
    <ul class="examples">
      {examples.map((example) => {
        const preview = previews.get(example.id);
        return (
          <li key={example.id} title={example.name}>
            {preview ? (
              <Thumbnail image={preview} />
            ) : (
              <span class={preview === null ? 'thumbnail bad' : 'thumbnail'}>
                {preview === null ? strings.unreadable : ''}
              </span>
            )}
            <button
              type="button"
              class="delete"
              aria-label={strings.delete(example.name)}
              onClick={() => own.removeExample(id, example.id)}
            >
              ×
            </button>
          </li>
        );
      })}
    </ul>
  );
}
