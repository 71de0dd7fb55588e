// HTML that cannot be broken by what it shows: whatever is put into a template is escaped, unless it is HTML that another template
// made. Names of classes and files come from anywhere.

/** HTML, escaped already. Only `html` makes it. */
export class Html {
  private constructor(readonly text: string) {}

  /** A template: everything in it is escaped but other Html; lists are joined, and nothing is shown of null and undefined. */
  static template(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
    return new Html(parts.map((part, i) => (i === 0 ? part : `${contentText(values[i - 1])}${part}`)).join(''));
  }
}

export type Content = Html | string | number | null | undefined | readonly Content[];

/** As `Html.template`. A function, so that a bundle without reports has nothing of them. */
export const html = (parts: TemplateStringsArray, ...values: readonly Content[]): Html =>
  Html.template(parts, ...values);

function contentText(content: Content): string {
  if (content === null || content === undefined) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(contentText).join('');
  return escapeHtml(String(content));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for an element or a quoted attribute. Characters that HTML does not allow, or that turn text around, become U+FFFD. */
export const escapeHtml = (text: string): string =>
  text
    .toWellFormed()
    // Control characters but tab and line ends, bidi overrides and isolates, non-characters.
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/gu, (character) =>
      character === '\n' || character === '\t' ? character : '\ufffd',
    )
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
