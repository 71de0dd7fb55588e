// The end of a stream of text, however long the stream: what a crashed host said last.
const KEPT = 4096;

export class TextTail {
  #text = '';

  add(chunk: string): void {
    this.#text = (this.#text + chunk).slice(-KEPT);
  }

  toString(): string {
    return this.#text;
  }
}
