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
import type { OwnImages } from './own-images.ts';
import { problemText } from './problem-text.ts';

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
  const words = text().data;
  const place = useSignal(0);
  const video = useSignal<HTMLVideoElement | undefined>(undefined);
  const state = camera.state.value;
  const classes = own.classes.value;
  const last = Math.max(0, Math.ceil(classes.length / PAGE) - 1);
  const at = Math.min(place.value, last);
  useEffect(() => () => camera.stop(), []);
  return h('div', { class: 'own-images' }, [
    h(DropArea, { class: 'drop-box', disabled, onFound: (found) => own.takeFolder(found) }, [
      h('p', { class: 'hint' }, words.folder.what),
      h('div', { class: 'row' }, [
        h(FileButton, {
          label: words.folder.choose,
          folder: true,
          disabled,
          onFound: (found) => own.takeFolder(found),
        }),
        h(
          'button',
          { type: 'button', onClick: () => own.addClass(words.card.newName(classes.length + 1)) },
          words.card.add,
        ),
        state.kind === 'on'
          ? h('button', { type: 'button', class: 'stop', onClick: () => camera.stop() }, text().webcam.stop)
          : h(
              'button',
              { type: 'button', disabled: state.kind === 'asking', onClick: () => camera.start() },
              text().webcam.start,
            ),
        classes.length > 0 && h('button', { type: 'button', onClick: () => own.clear() }, words.folder.clear),
      ]),
    ]),
    h(KeepingLine, { own }),
    h(CameraNote, { camera }),
    state.kind === 'on' &&
      h('div', { class: 'recorder' }, [
        h(CameraVideo, {
          camera,
          stream: state.stream,
          label: words.card.camera,
          shape: SQUARE,
          onVideo: (element) => (video.value = element),
        }),
        h('div', null, [h('p', { class: 'hint' }, words.card.how), h(CameraChoice, { camera })]),
      ]),
    h(LeftOutLine, { own }),
    h(
      'ul',
      { class: 'class-cards', 'aria-label': words.card.list },
      classes
        .slice(at * PAGE, (at + 1) * PAGE)
        .map((one) => h(ClassCard, { key: one.id, own, one, video: video.value, disabled })),
    ),
    last > 0 &&
      h(Pager, {
        at,
        size: PAGE,
        all: classes.length,
        label: words.card.pages,
        onPage: (to: number) => (place.value = to),
      }),
    h(ProblemLine, { own }),
  ]);
}

function LeftOutLine({ own }: { own: OwnImages }) {
  const words = text().data.folder;
  const { count } = format();
  const { junk, missed, loose, unused } = own.leftOut.value;
  const sentences = [
    junk > 0 && text().images.table.junk(count(junk)),
    missed > 0 && text().images.table.missed(count(missed)),
    loose > 0 && words.loose(count(loose)),
    unused > 0 && words.unused(count(unused)),
  ].filter(Boolean);
  return sentences.length === 0 ? null : h('p', { class: 'hint', role: 'status' }, sentences.join(' '));
}

function ProblemLine({ own }: { own: OwnImages }) {
  const problem = own.problem.value;
  if (!problem) return null;
  return h('p', { class: 'notice', role: 'status' }, problemText(problem));
}

/** Whether the images outlive the page. */
function KeepingLine({ own }: { own: OwnImages }) {
  const keeping = own.keeper.keeping.value;
  if (!keeping) return null;
  const words = text().data.keeping;
  const { bytes, count } = format();
  if (keeping.kind === 'elsewhere') return h('p', { class: 'notice', role: 'status' }, words.elsewhere);
  if (keeping.kind === 'unkept') {
    return h('p', { class: 'notice', role: 'status' }, [
      words.unkept,
      ' ',
      h('span', { lang: 'en' }, keeping.trouble.detail),
    ]);
  }
  const { images, left } = keeping;
  const kept = words.kept(count(images), bytes(keeping.bytes));
  return left > 0
    ? h('p', { class: 'notice', role: 'status' }, `${kept} ${words.left(count(left))}`)
    : h('p', { class: 'hint' }, kept);
}
