/** A text field over a text that several write: one change of the field as one change of the text. */
import type * as Y from "yjs";

/** Brings a text from what it says to `next`, leaving what both have at the beginning and the end as it is. */
export function write(text: Y.Text, next: string): void {
  const before = text.toJSON();
  const most = Math.min(before.length, next.length);
  let start = 0;
  while (start < most && before[start] === next[start]) start += 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === next[next.length - 1 - end]) end += 1;
  text.doc?.transact(() => {
    text.delete(start, before.length - end - start);
    text.insert(start, next.slice(start, next.length - end));
  });
}

/** Where a caret stands after another's change. */
export function moved(caret: number, before: string, after: string): number {
  if (before.slice(0, caret) === after.slice(0, caret)) return caret;
  return Math.max(0, after.length - (before.length - caret));
}
