// What the build tells the service worker (precache-plugin.ts): every file of the page, and a name for them all.

export interface Precached {
  /** Changes whenever any file does. */
  readonly version: string;
  /** Paths from the page's folder. */
  readonly files: readonly PrecachedFile[];
  /** What the page, and any other file, is answered with (ui/page-policy.ts). */
  readonly headers: { readonly page: Answered; readonly file: Answered };
}

type Answered = Readonly<Record<string, string>>;

export interface PrecachedFile {
  readonly path: string;
  /** For a file whose name does not change with its content: what the content must be, as `integrity` says it. */
  readonly integrity?: string;
}
