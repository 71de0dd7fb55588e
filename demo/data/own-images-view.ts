// The visitor's own images: a folder of class folders, or classes made here and filled with files and from the webcam, a
// card each.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { useEffect } from 'preact/hooks';
import { DropArea, FileButton } from '../images/give-images.ts';
import { Pager } from '../images/pager.ts';
import { format, text } from '../text/text.ts';
import type { Camera } from '../webcam/camera.ts';
import { CameraChoice, CameraNote, CameraVideo } from '../webcam/camera-video.ts';
import { ClassCard } from './class-card.ts';
import type { SetProblem } from './own-classes.ts';
import type { OwnImages } from './own-images.ts';

/** Cards that are shown at once: a folder may have a thousand classes. */
const PAGE = 20;
/** What is recorded is square, as most networks' inputs are. */
const SQUARE = { width: 1, height: 1 } as const;

export interface OwnImagesViewProps {
  readonly own: OwnImages;
  readonly camera: Camera;
  readonly disabled: boolean;
}

export function OwnImagesView({ own, camera, disabled }: OwnImagesViewProps) {
  const strings = text().data;
  const place = useSignal(0);
  const video = useSignal<HTMLVideoElement | undefined>(undefined);
  const state = camera.state.value;
  const classes = own.classes.value;
  const last = Math.max(0, Math.ceil(classes.length / PAGE) - 1);
  const at = Math.min(place.value, last);
  useEffect(() => () => camera.stop(), []);
  return h('div', { class: 'own-images' }, [
    h(DropArea, { class: 'drop-box', disabled, onSelect: (selection) => own.takeFolder(selection) }, [
      h('p', { class: 'hint' }, strings.folder.what),
      h('div', { class: 'row' }, [
        h(FileButton, {
          label: strings.folder.choose,
          folder: true,
          disabled,
          onSelect: (selection) => own.takeFolder(selection),
        }),
        h(
          'button',
          { type: 'button', onClick: () => own.addClass(strings.card.newName(classes.length + 1)) },
          strings.card.add,
        ),
        state.kind === 'on'
          ? h('button', { type: 'button', class: 'stop', onClick: () => camera.stop() }, text().webcam.stop)
          : h(
              'button',
              { type: 'button', disabled: state.kind === 'asking', onClick: () => camera.start() },
              text().webcam.start,
            ),
        classes.length > 0 && h('button', { type: 'button', onClick: () => own.clear() }, strings.folder.clear),
      ]),
    ]),
    h(ImageSavingLine, { own }),
    h(CameraNote, { camera }),
    state.kind === 'on' &&
      h('div', { class: 'recorder' }, [
        h(CameraVideo, {
          camera,
          stream: state.stream,
          label: strings.card.camera,
          shape: SQUARE,
          onVideo: (element) => (video.value = element),
        }),
        h('div', null, [h('p', { class: 'hint' }, strings.card.how), h(CameraChoice, { camera })]),
      ]),
    h(LeftOutLine, { own }),
    h(
      'ul',
      { class: 'class-cards', 'aria-label': strings.card.list },
      classes
        .slice(at * PAGE, (at + 1) * PAGE)
        .map((one) => h(ClassCard, { key: one.id, own, one, video: video.value, disabled })),
    ),
    last > 0 &&
      h(Pager, {
        at,
        size: PAGE,
        all: classes.length,
        label: strings.card.pages,
        onPage: (to: number) => (place.value = to),
      }),
    h(ProblemLine, { own }),
  ]);
}

function LeftOutLine({ own }: { own: OwnImages }) {
  const strings = text().data.folder;
  const { count } = format();
  const { ignored, missed, loose, unused } = own.leftOut.value;
  const sentences = [
    ignored > 0 && text().images.table.ignored(count(ignored)),
    missed > 0 && text().images.table.missed(count(missed)),
    loose > 0 && strings.loose(count(loose)),
    unused > 0 && strings.unused(count(unused)),
  ].filter(Boolean);
  return sentences.length === 0 ? null : h('p', { class: 'hint', role: 'status' }, sentences.join(' '));
}

function ProblemLine({ own }: { own: OwnImages }) {
  const problem = own.problem.value;
  if (!problem) return null;
  return h('p', { class: 'notice', role: 'status' }, problemText(problem));
}

/** Whether the images outlive the page. */
function ImageSavingLine({ own }: { own: OwnImages }) {
  const saving = own.saver.saving.value;
  if (!saving) return null;
  const strings = text().data.saving;
  const { bytes, count } = format();
  if (saving.kind === 'elsewhere') return h('p', { class: 'notice', role: 'status' }, strings.elsewhere);
  if (saving.kind === 'unsaved') {
    return h('p', { class: 'notice', role: 'status' }, [
      strings.unsaved,
      ' ',
      h('span', { lang: 'en' }, saving.error.detail),
    ]);
  }
  const { images, left } = saving;
  const saved = strings.saved(count(images), bytes(saving.bytes));
  return left > 0
    ? h('p', { class: 'notice', role: 'status' }, `${saved} ${strings.left(count(left))}`)
    : h('p', { class: 'hint' }, saved);
}

// Why the visitor's classes are not fit to be learned yet, and what would make them so.

export function problemText(problem: SetProblem): string {
  const strings = text().data.problem;
  switch (problem.kind) {
    case 'few-classes':
      return problem.count === 0 ? strings.noClass : strings.oneClass;
    case 'empty-class':
      return strings.emptyClass(problem.name);
    case 'one-image':
      return strings.oneImage(problem.name);
    case 'no-training':
      return strings.noTraining(problem.name);
    case 'no-validation':
      return strings.noValidation;
    case 'same-name':
      return strings.sameName(problem.name);
    case 'no-name':
      return strings.noName;
  }
}
