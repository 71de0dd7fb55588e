// Classify: a picture with its heat map and its classes, samples to choose from, every way to give images of one's own,
// and the table of many. Drops and pastes are taken anywhere in the view.

import { DicomFigure } from '../dicom/dicom-figure.tsx';
import type { FileSelection } from '../images/file-selection.ts';
import { DropArea, FileButton } from '../images/give-images.tsx';
import type { ImageInput } from '../images/image-input.ts';
import { ImageTable } from '../images/image-table.tsx';
import { knowsLightOnBlack } from '../images/network-input.ts';
import { PictureOptionBoxes } from '../images/picture-options.tsx';
import { noteText, refusalText } from '../images/refusal-text.ts';
import { NetworkPanel } from '../network/network-panel.tsx';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import { CameraNote } from '../webcam/camera-video.tsx';
import { LiveFigure } from '../webcam/live-figure.tsx';
import { ClassBars } from './class-bars.tsx';
import { invert } from './picture.ts';
import { SampleStrip } from './sample-strip.tsx';
import type { Shown } from './stage.ts';

export function ClassifyView({ page }: { page: Page }) {
  const strings = text().classify;
  const shown = page.shown.value;
  const network = page.network.value;
  const camera = page.camera.state.value;
  const selection = (given: FileSelection) => page.takeFiles(given);
  return (
    <DropArea class="classify" onSelect={selection} takesPaste disabled={!network}>
      <section class="panel" aria-labelledby="classify-title" aria-busy={page.busy.value}>
        <h2 id="classify-title">{strings.title}</h2>
        <div class="result">
          {camera.kind === 'on' ? (
            <LiveFigure page={page} stream={camera.stream} />
          ) : (
            <DicomFigure shown={shown} images={page.images} />
          )}
          <div class="answer">
            <ClassBars page={page} shown={shown} />
            {shown && <Facts page={page} shown={shown} />}
          </div>
        </div>
        <SampleStrip page={page} />
        <Sources page={page} onSelect={selection} />
        <CameraNote camera={page.camera} />
        <InputNoteLine images={page.images} />
        <PictureOptionBoxes onChange={() => shown && page.images.again(shown.picture)} />
      </section>
      <ImageTable page={page} />
      <NetworkPanel page={page} />
    </DropArea>
  );
}

function Sources({ page, onSelect }: { page: Page; onSelect: (selection: FileSelection) => void }) {
  const strings = text().images;
  const disabled = !page.network.value;
  const state = page.camera.state.value;
  const classNames = page.network.value?.loaded.classNames ?? [];
  return (
    <div class="row">
      <FileButton
        label={strings.choose}
        accept="image/*,.dcm,application/dicom"
        disabled={disabled}
        onSelect={onSelect}
      />
      <FileButton label={strings.chooseFolder} folder disabled={disabled} onSelect={onSelect} />
      <button
        type="button"
        disabled={disabled || state.kind === 'asking' || state.kind === 'on'}
        onClick={() => page.camera.start()}
      >
        {text().webcam.start}
      </button>
      <span class="hint">{knowsLightOnBlack(classNames) ? `${strings.ways} ${strings.clothes}` : strings.ways}</span>
    </div>
  );
}

function Facts({ page, shown: { picture, network, result } }: { page: Page; shown: Shown }) {
  if (!result) return null;
  const lightOnBlack = knowsLightOnBlack(network?.loaded.classNames ?? []);
  const { logits, maps } = result.milliseconds;
  const strings = text().classify;
  const { duration } = format();
  // What was chosen stands at once, before the network has answered.
  const next = page.asked.value ?? picture;
  return (
    <div class="facts">
      {lightOnBlack && picture.original && (
        <label class="check">
          <input type="checkbox" checked={next.inverted} onChange={() => page.classify(invert(next))} />
          {strings.swap}
        </label>
      )}
      <p class="hint">{strings.times(duration(logits), duration(maps))}</p>
    </div>
  );
}

// What there is to say of the file that was given last: why it is refused, or how it was read.

function InputNoteLine({ images }: { images: ImageInput }) {
  const note = images.note.value;
  const strings = text().images;
  if (!note) return null;
  if (note.kind === 'nothing')
    return (
      <p class="error-banner" role="alert">
        {strings.nothing}
      </p>
    );
  if (note.kind === 'read')
    return (
      <p class="hint" role="status">
        {note.notes.map(noteText).join(' ')}
      </p>
    );
  return (
    <div class="error-banner" role="alert">
      <h2>{strings.refused(note.name)}</h2>
      <p>{refusalText(note.refusal)}</p>
    </div>
  );
}
