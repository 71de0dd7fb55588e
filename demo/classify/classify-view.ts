// Classify: a picture with its heat map and its classes, samples to choose from, every way to give images of one's own,
// and the table of many. Drops and pastes are taken anywhere in the view.

import { h } from 'preact';
import { DicomFigure } from '../dicom/dicom-figure.ts';
import type { FileSelection } from '../images/file-selection.ts';
import { DropArea, FileButton } from '../images/give-images.ts';
import type { ImageInput } from '../images/image-input.ts';
import { ImageTable } from '../images/image-table.ts';
import { knowsLightOnBlack } from '../images/network-input.ts';
import { PictureOptionBoxes } from '../images/picture-options.ts';
import { noteText, refusalText } from '../images/refusal-text.ts';
import { NetworkPanel } from '../network/network-panel.ts';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { CameraNote } from '../webcam/camera-video.ts';
import { LiveFigure } from '../webcam/live-figure.ts';
import { ClassBars } from './class-bars.ts';
import { invert } from './picture.ts';
import { SampleStrip } from './sample-strip.ts';
import type { Shown } from './stage.ts';

export function ClassifyView({ page }: { page: Page }) {
  const strings = text().classify;
  const shown = page.shown.value;
  const network = page.network.value;
  const camera = page.camera.state.value;
  const selection = (given: FileSelection) => page.takeFiles(given);
  return h(DropArea, { class: 'classify', onSelect: selection, takesPaste: true, disabled: !network }, [
    h('section', { class: 'panel', 'aria-labelledby': 'classify-title', 'aria-busy': page.busy.value }, [
      h('h2', { id: 'classify-title' }, strings.title),
      h('div', { class: 'result' }, [
        camera.kind === 'on'
          ? h(LiveFigure, { page, stream: camera.stream })
          : h(DicomFigure, { shown, images: page.images }),
        h('div', { class: 'answer' }, [h(ClassBars, { page, shown }), shown && h(Facts, { page, shown })]),
      ]),
      h(SampleStrip, { page }),
      h(Sources, { page, onSelect: selection }),
      h(CameraNote, { camera: page.camera }),
      h(InputNoteLine, { images: page.images }),
      h(PictureOptionBoxes, { onChange: () => shown && page.images.again(shown.picture) }),
    ]),
    h(ImageTable, { page }),
    h(NetworkPanel, { page }),
  ]);
}

function Sources({ page, onSelect }: { page: Page; onSelect: (selection: FileSelection) => void }) {
  const strings = text().images;
  const disabled = !page.network.value;
  const state = page.camera.state.value;
  const classNames = page.network.value?.loaded.classNames ?? [];
  return h('div', { class: 'row' }, [
    h(FileButton, { label: strings.choose, accept: 'image/*,.dcm,application/dicom', disabled, onSelect }),
    h(FileButton, { label: strings.chooseFolder, folder: true, disabled, onSelect }),
    h(
      'button',
      {
        type: 'button',
        disabled: disabled || state.kind === 'asking' || state.kind === 'on',
        onClick: () => page.camera.start(),
      },
      text().webcam.start,
    ),
    h('span', { class: 'hint' }, knowsLightOnBlack(classNames) ? `${strings.ways} ${strings.clothes}` : strings.ways),
  ]);
}

function Facts({ page, shown: { picture, network, result } }: { page: Page; shown: Shown }) {
  if (!result) return null;
  const lightOnBlack = knowsLightOnBlack(network?.loaded.classNames ?? []);
  const { logits, maps } = result.milliseconds;
  const strings = text().classify;
  const { duration } = format();
  // What was chosen stands at once, before the network has answered.
  const next = page.asked.value ?? picture;
  return h('div', { class: 'facts' }, [
    lightOnBlack &&
      picture.original &&
      h('label', { class: 'check' }, [
        h('input', {
          type: 'checkbox',
          checked: next.inverted,
          onChange: () => page.classify(invert(next)),
        }),
        strings.swap,
      ]),
    h('p', { class: 'hint' }, strings.times(duration(logits), duration(maps))),
  ]);
}

// What there is to say of the file that was given last: why it is refused, or how it was read.

function InputNoteLine({ images }: { images: ImageInput }) {
  const note = images.note.value;
  const strings = text().images;
  if (!note) return null;
  if (note.kind === 'nothing') return h('p', { class: 'error-banner', role: 'alert' }, strings.nothing);
  if (note.kind === 'read') return h('p', { class: 'hint', role: 'status' }, note.notes.map(noteText).join(' '));
  return h('div', { class: 'error-banner', role: 'alert' }, [
    h('h2', null, strings.refused(note.name)),
    h('p', null, refusalText(note.refusal)),
  ]);
}
