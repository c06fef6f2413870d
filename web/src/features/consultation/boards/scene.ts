/** A whiteboard's elements and pictures in a document that several pages write. */
import type { ExcalidrawElement, OrderedExcalidrawElement } from "@excalidraw/excalidraw/element/types";
import type { BinaryFileData, BinaryFiles } from "@excalidraw/excalidraw/types";
import type * as Y from "yjs";

type Versioned = Pick<ExcalidrawElement, "version" | "versionNonce">;

const elementsOf = (doc: Y.Doc): Y.Map<ExcalidrawElement> => doc.getMap("elements");
const filesOf = (doc: Y.Doc): Y.Map<BinaryFileData> => doc.getMap("files");

export const drawn = (doc: Y.Doc): OrderedExcalidrawElement[] => [...elementsOf(doc).values()] as OrderedExcalidrawElement[];
export const pictures = (doc: Y.Doc): BinaryFileData[] => [...filesOf(doc).values()];

/** Of two states of one element the later; of two at once the one that every page takes (Excalidraw's own rule). */
export const isNewer = (one: Versioned, than: Versioned | undefined): boolean =>
  !than || one.version > than.version || (one.version === than.version && one.versionNonce < than.versionNonce);

/** What is newer in the document than on this page: a picture whose element is exchanged while it loads is never drawn. */
export function newer(doc: Y.Doc, here: readonly ExcalidrawElement[]): OrderedExcalidrawElement[] {
  const shown = new Map(here.map((one) => [one.id, one]));
  return drawn(doc).filter((one) => isNewer(one, shown.get(one.id)));
}

/** Puts down what is newer here than in the document, with who drew it. */
export function draw(doc: Y.Doc, elements: readonly ExcalidrawElement[], files: BinaryFiles, who: string): void {
  const there = elementsOf(doc);
  const newer = elements.filter((one) => isNewer(one, there.get(one.id)));
  const fresh = Object.values(files).filter(({ id }) => !filesOf(doc).has(id));
  if (newer.length + fresh.length === 0) return;
  doc.transact(() => {
    newer.forEach((one) => there.set(one.id, { ...one, customData: { by: who, ...one.customData } }));
    fresh.forEach((one) => filesOf(doc).set(one.id, one));
  });
}

/** Calls when the document has something else; answers how not to be called any more. */
export function follow(doc: Y.Doc, changed: () => void): () => void {
  elementsOf(doc).observe(changed);
  filesOf(doc).observe(changed);
  return () => {
    elementsOf(doc).unobserve(changed);
    filesOf(doc).unobserve(changed);
  };
}
