/** A whiteboard as it was after each of its updates, forwards and backwards. */
import * as Y from "yjs";

/** One update of a recording (Yjs, base64). */
export interface Drawn {
  update: string;
}

export const bytesOf = (text: string): Uint8Array => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

export class Replay {
  private doc = new Y.Doc();
  private done = 0;

  constructor(private readonly all: Drawn[]) {}

  /** The board after so many updates; the same document as long as one goes forwards. */
  after(count: number): Y.Doc {
    if (count < this.done) {
      this.doc = new Y.Doc();
      this.done = 0;
    }
    const next = this.all.slice(this.done, count);
    if (next.length > 0) Y.applyUpdate(this.doc, Y.mergeUpdates(next.map(({ update }) => bytesOf(update))));
    this.done = count;
    return this.doc;
  }
}
