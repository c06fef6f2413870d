/** What stands where on the stage: one picture large and the others in a strip, or all alike. Pure. */

/** What is seen of somebody: `label` is '' for their face, `screen` and `second` for what else they send. */
export interface Seen {
  key: string;
  person: string;
  label: string;
  /** Whether a picture is among it. */
  shows: boolean;
}

export interface Wish {
  /** Something else fills the stage: images, a whiteboard. */
  filled: boolean;
  /** One picture fills it: of the field, of the operation. */
  field: boolean;
  /** Whom the host puts before all, and which picture its reader chose; '' for none. */
  spotlit: string;
  pinned: string;
}

export interface Standing<T> {
  large: T | undefined;
  /** All alike, when nothing is large. */
  alike: T[];
  strip: T[];
}

/** The first rule that finds a picture says which is large: one's own choice, the host's, what is shown, the task. */
const LARGE: ((one: Seen, wish: Wish) => boolean)[] = [
  ({ key }, { pinned }) => key === pinned,
  ({ person, label }, { spotlit }) => label === "" && person === spotlit,
  ({ label }) => label !== "",
  ({ shows }, { field }) => field && shows,
];

export function stand<T extends Seen>(all: T[], wish: Wish): Standing<T> {
  if (wish.filled) return { large: undefined, alike: [], strip: all };
  for (const holds of LARGE) {
    const large = all.find((one) => holds(one, wish));
    if (large) return { large, alike: [], strip: all.filter((one) => one !== large) };
  }
  return { large: undefined, alike: all, strip: [] };
}

/** How many stand beside each other, that all are as large as they can be. */
export function columns(count: number, isNarrow: boolean): number {
  const wide = Math.ceil(Math.sqrt(count));
  return Math.max(1, isNarrow ? Math.min(2, Math.ceil(count / 2)) : wide);
}
