// An error as people see it: what is wrong, what to do, and a way to try again where that makes sense.

import { text } from '../text/text.ts';
import { errorText, type PageError } from './page-error.ts';

interface Props {
  readonly error: PageError;
  readonly retry?: () => void;
  /** Another way out. */
  readonly instead?: { readonly label: string; readonly act: () => void } | undefined;
}

export function ErrorBanner({ error, retry, instead }: Props) {
  const strings = text().errors;
  const { title, help } = errorText(error, strings);
  return (
    <div class="error-banner" role="alert">
      <h2>{title}</h2>
      {help.map((line) => (
        <p>{line}</p>
      ))}
      <p class="detail" lang="en">
        {error.detail}
      </p>
      {retry && (
        <button type="button" onClick={retry}>
          {strings.retry}
        </button>
      )}
      {instead && (
        <button type="button" onClick={instead.act}>
          {instead.label}
        </button>
      )}
    </div>
  );
}
