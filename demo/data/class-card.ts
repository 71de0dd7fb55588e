// One class of the visitor's own: its name, how many images it has, small pictures of them, and ways to have more.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { FileButton } from '../images/give-images.ts';
import { Thumbnail } from '../images/thumbnail.ts';
import { format, text } from '../text/text.ts';
import { countsOf, type Example, type OwnClass } from './own-classes.ts';
import type { OwnImages } from './own-images.ts';
import { Recorder } from './recorder.ts';

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
  return h('li', { class: included ? 'class-card' : 'class-card excluded' }, [
    h('div', { class: 'row' }, [
      h('input', {
        type: 'text',
        class: 'class-name',
        value: name,
        maxLength: 80,
        'aria-label': strings.name,
        onInput: ({ currentTarget }: InputEvent) => own.change(id, { name: currentTarget.value }),
      }),
      h('label', { class: 'check' }, [
        h('input', {
          type: 'checkbox',
          checked: included,
          onChange: ({ currentTarget }: InputEvent) => own.change(id, { included: currentTarget.checked }),
        }),
        strings.include,
      ]),
    ]),
    h('p', { class: 'hint' }, strings.counts(count(split?.training ?? 0), count(split?.validation ?? 0))),
    h('div', { class: 'row' }, [
      video && h(Recorder, { own, id, video, name, disabled }),
      h(FileButton, {
        label: strings.files(name),
        accept: 'image/*',
        disabled,
        onSelect: (selection) => own.addFiles(id, selection),
      }),
      h(
        'button',
        { type: 'button', 'aria-label': strings.remove(name), onClick: () => own.removeClass(id) },
        strings.removeShort,
      ),
    ]),
    h(Examples, { own, id, examples: visible }),
    hidden > 0 && h('button', { type: 'button', onClick: () => (shown.value += MORE) }, strings.more(count(hidden))),
  ]);
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
  return h(
    'ul',
    { class: 'examples' },
    examples.map((example) => {
      const preview = previews.get(example.id);
      return h('li', { key: example.id, title: example.name }, [
        preview
          ? h(Thumbnail, { image: preview })
          : h(
              'span',
              { class: preview === null ? 'thumbnail bad' : 'thumbnail' },
              preview === null ? strings.unreadable : '',
            ),
        h(
          'button',
          {
            type: 'button',
            class: 'delete',
            'aria-label': strings.delete(example.name),
            onClick: () => own.removeExample(id, example.id),
          },
          '×',
        ),
      ]);
    }),
  );
}
