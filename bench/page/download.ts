// A value as a JSON file for the visitor.

export function downloadJson(value: object, name: string): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The click has only begun the download.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
