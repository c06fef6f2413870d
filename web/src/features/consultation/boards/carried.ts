/** A picture on its way to the whiteboard of a case, which puts it down when it is opened. */

export interface Still {
  /** A data URL. */
  picture: string;
  width: number;
  height: number;
  /** What it is of; '' where the picture says so itself. */
  words: string;
}

const carried = new Map<string, Still>();

export const carry = (id: string, still: Still): void => void carried.set(id, still);

/** What was carried there; once. */
export function arrived(id: string): Still | undefined {
  const found = carried.get(id);
  carried.delete(id);
  return found;
}

/** A picture that a page shows just now, frozen. */
export function frozen(shown: HTMLVideoElement | HTMLCanvasElement, words = ""): Still {
  const [width, height] = shown instanceof HTMLVideoElement ? [shown.videoWidth, shown.videoHeight] : [shown.width, shown.height];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d")?.drawImage(shown, 0, 0);
  return { picture: canvas.toDataURL("image/jpeg", 0.9), width, height, words };
}

/** The slice that stands largest in a viewer, with when it was taken, of what series, and which it is. */
export function slice(viewer: ParentNode): Still | undefined {
  const stages = [...viewer.querySelectorAll<HTMLElement>(".stage")].sort((a, b) => b.clientWidth - a.clientWidth);
  const canvas = stages[0]?.querySelector("canvas");
  if (!canvas || !stages[0]) return undefined;
  const words = [...stages[0].querySelectorAll(".at.top-left, .at.top-right")].map((one) => one.textContent?.trim());
  const number = viewer.querySelector("input[type=range]")?.getAttribute("aria-valuetext");
  return frozen(canvas, [...words, number].filter(Boolean).join(" · "));
}
