/** A draft that several experts write: what each typed is brought together, and where it clashes nobody decides alone. */
import type { Opinion } from "./model";

export const PARTS = ["findings", "conclusion", "advice"] as const;

export type PartOf = (typeof PARTS)[number];

/** What the server has: the texts, and how often they were saved; 0 for none yet. */
export interface Base {
  opinion: Opinion;
  version: number;
}

/** What another expert typed where this one did too. */
export type Clashes = Partial<Record<PartOf, string>>;

export const EMPTY: Opinion = { findings: "", conclusion: "", advice: "" };

export const same = (a: Opinion, b: Opinion): boolean => PARTS.every((part) => a[part] === b[part]);

/** Each part as whoever changed it left it; where both did, one's own words stay and the other's are handed over. */
export function merged(base: Opinion, mine: Opinion, theirs: Opinion): { opinion: Opinion; clashes: Clashes } {
  const opinion = { ...mine };
  const clashes: Clashes = {};
  for (const part of PARTS) {
    if (mine[part] === base[part]) opinion[part] = theirs[part];
    else if (theirs[part] !== base[part] && theirs[part] !== mine[part]) clashes[part] = theirs[part];
  }
  return { opinion, clashes };
}

/** A template's words go where nothing is written yet, else beneath what is. */
export function filled(opinion: Opinion, words: Opinion): Opinion {
  const text = (part: PartOf): string => (opinion[part].trim() ? `${opinion[part].trimEnd()}\n${words[part]}` : words[part]);
  return { findings: text("findings"), conclusion: text("conclusion"), advice: text("advice") };
}

export type Choice = "mine" | "theirs" | "both";

/** What stands in a part after a clash was decided. */
export function settled(mine: string, theirs: string, choice: Choice): string {
  return choice === "mine" ? mine : choice === "theirs" ? theirs : `${mine.trimEnd()}\n${theirs}`;
}
