// Files that the page gives away.

/** Saves a file where the browser keeps downloads. */
export function download(name: string, content: Blob | Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click has only begun the download.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
