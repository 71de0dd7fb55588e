// The choice of data in the Train form: the sample, the visitor's own images, or files of a whole data set; and what it comes to.

import { useEffect } from 'preact/hooks';
import { ErrorBanner } from '../errors/error-banner.tsx';
import { DropArea, FileButton } from '../images/give-images.tsx';
import { className, format, text } from '../text/text.ts';
import { type DataChoice, SOURCES } from './data-choice.ts';
import { OwnImagesView } from './own-images-view.tsx';
import { type TrainingSet, trainingCount, validationCount } from './training-set.ts';

export interface DataSourceProps {
  readonly data: DataChoice;
  /** While a training runs. */
  readonly disabled: boolean;
}

export function DataSource({ data, disabled }: DataSourceProps) {
  useEffect(() => {
    data.choose(data.source.peek());
  }, []);
  const strings = text().data;
  const source = data.source.value;
  const set = data.set.value;
  const error = data.error.value;
  return (
    <fieldset class="data-source" disabled={disabled}>
      <legend>{strings.title}</legend>
      <div class="row">
        {SOURCES.map((name) => (
          <label key={name} class="check">
            <input type="radio" name="data-source" checked={name === source} onChange={() => data.choose(name)} />
            {strings.source[name]}
          </label>
        ))}
      </div>
      {source === 'own' && <OwnImagesView own={data.own} camera={data.camera} disabled={disabled} />}
      {source === 'files' && <FilesChoice data={data} disabled={disabled} />}
      {error && <ErrorBanner error={error} />}
      {set && <Summary set={set} />}
    </fieldset>
  );
}

function FilesChoice({ data, disabled }: DataSourceProps) {
  const strings = text().data.files;
  return (
    <DropArea class="drop-box" disabled={disabled} onSelect={(selection) => data.takeFiles(selection)}>
      <p class="hint">{strings.what}</p>
      <FileButton label={strings.choose} disabled={disabled} onSelect={(selection) => data.takeFiles(selection)} />
    </DropArea>
  );
}

function Summary({ set }: { set: TrainingSet }) {
  const strings = text().data;
  const { count } = format();
  const { name, classes, size } = set;
  const names = classes.slice(0, 12).map((own) => className(own.name));
  const more = classes.length - names.length;
  return (
    <p class="hint" role="status">
      {strings.summary(name, count(classes.length), count(trainingCount(set)), count(validationCount(set)))}{' '}
      {names.join(', ')}
      {more > 0 && ` ${strings.moreClasses(count(more))}`}
      {'. '}
      {size ? strings.fixed(size.width, size.height, size.channels === 1) : strings.resized}
    </p>
  );
}
