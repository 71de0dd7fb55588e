// The visitor's own images: a folder of class folders, or classes made here and filled with files and from the webcam, a
// card each.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { DropArea, FileButton } from '../images/give-images.tsx';
import { Pager } from '../images/pager.tsx';
import { format, text } from '../text/text.ts';
import type { Camera } from '../webcam/camera.ts';
import { CameraChoice, CameraNote, CameraVideo } from '../webcam/camera-video.tsx';
import { ClassCard } from './class-card.tsx';
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
  return (
    <div class="own-images">
      <DropArea class="drop-box" disabled={disabled} onSelect={(selection) => own.takeFolder(selection)}>
        <p class="hint">{strings.folder.what}</p>
        <div class="row">
          <FileButton
            label={strings.folder.choose}
            folder
            disabled={disabled}
            onSelect={(selection) => own.takeFolder(selection)}
          />
          <button type="button" onClick={() => own.addClass(strings.card.newName(classes.length + 1))}>
            {strings.card.add}
          </button>
          {state.kind === 'on' ? (
            <button type="button" class="stop" onClick={() => camera.stop()}>
              {text().webcam.stop}
            </button>
          ) : (
            <button type="button" disabled={state.kind === 'asking'} onClick={() => camera.start()}>
              {text().webcam.start}
            </button>
          )}
          {classes.length > 0 && (
            <button type="button" onClick={() => own.clear()}>
              {strings.folder.clear}
            </button>
          )}
        </div>
      </DropArea>
      <ImageSavingLine own={own} />
      <CameraNote camera={camera} />
      {state.kind === 'on' && (
        <div class="recorder">
          <CameraVideo
            camera={camera}
            stream={state.stream}
            label={strings.card.camera}
            shape={SQUARE}
            onVideo={(element) => (video.value = element)}
          />
          <div>
            <p class="hint">{strings.card.how}</p>
            <CameraChoice camera={camera} />
          </div>
        </div>
      )}
      <LeftOutLine own={own} />
      <ul class="class-cards" aria-label={strings.card.list}>
        {classes.slice(at * PAGE, (at + 1) * PAGE).map((one) => (
          <ClassCard key={one.id} own={own} one={one} video={video.value} disabled={disabled} />
        ))}
      </ul>
      {last > 0 && (
        <Pager
          at={at}
          size={PAGE}
          all={classes.length}
          label={strings.card.pages}
          onPage={(to: number) => (place.value = to)}
        />
      )}
      <ProblemLine own={own} />
    </div>
  );
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
  return sentences.length === 0 ? null : (
    <p class="hint" role="status">
      {sentences.join(' ')}
    </p>
  );
}

function ProblemLine({ own }: { own: OwnImages }) {
  const problem = own.problem.value;
  if (!problem) return null;
  return (
    <p class="notice" role="status">
      {problemText(problem)}
    </p>
  );
}

/** Whether the images outlive the page. */
function ImageSavingLine({ own }: { own: OwnImages }) {
  const saving = own.saver.saving.value;
  if (!saving) return null;
  const strings = text().data.saving;
  const { bytes, count } = format();
  if (saving.kind === 'elsewhere')
    return (
      <p class="notice" role="status">
        {strings.elsewhere}
      </p>
    );
  if (saving.kind === 'unsaved') {
    return (
      <p class="notice" role="status">
        {strings.unsaved} <span lang="en">{saving.error.detail}</span>
      </p>
    );
  }
  const { images, left } = saving;
  const saved = strings.saved(count(images), bytes(saving.bytes));
  return left > 0 ? (
    <p class="notice" role="status">{`${saved} ${strings.left(count(left))}`}</p>
  ) : (
    <p class="hint">{saved}</p>
  );
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
