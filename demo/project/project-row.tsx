// Saving everything of the visitor's own as one file, and opening such a file.

import { ErrorBanner } from '../errors/error-banner.tsx';
import { FileButton } from '../images/give-images.tsx';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import type { Opened } from './project.ts';

export function ProjectRow({ page }: { page: Page }) {
  const strings = text().train.project;
  const { project, training } = page;
  const work = project.work.value;
  const error = project.error.value;
  const opened = project.opened.value;
  const disabled = work !== undefined || training.active;
  return (
    <div class="project">
      <div class="row" role="group" aria-label={strings.title}>
        <button type="button" disabled={disabled || project.isEmpty()} onClick={() => project.save()}>
          {strings.save}
        </button>
        <FileButton
          label={strings.open}
          accept=".zip,application/zip"
          disabled={disabled}
          onSelect={({ files }) => {
            const [first] = files;
            if (first) void project.open(first.file);
          }}
        />
        <span class="hint">{strings.what}</span>
      </div>
      {work && (
        <p class="hint" role="status">
          {strings[work]}
        </p>
      )}
      {opened && (
        <p class="notice" role="status">
          {openedText(opened)}
        </p>
      )}
      {error && <ErrorBanner error={error} />}
    </div>
  );
}

function openedText({ name, classes, images, network }: Opened): string {
  const strings = text().train.project;
  const { count } = format();
  const sentence = strings.opened(name, count(classes), count(images));
  return network ? `${sentence} ${strings.withNetwork}` : sentence;
}
