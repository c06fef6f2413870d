/** A portal is a list of pages for a role, and the terminal it is made for. */
import type { ReactElement } from "react";
import type { TextKey } from "../lib/i18n";
import type { Me } from "../lib/me";
import type { Terminal } from "../ui/antTheme";
import type { IconName } from "../ui/Icon";

export interface PageEntry {
  path: string;
  page: ReactElement;
  /** Where it stands in the rail, if it does. */
  rail?: { icon: IconName; word: TextKey };
}

export interface Portal {
  terminal: Terminal;
  home: string;
  pages: PageEntry[];
  /** Its people can be called: the header asks whether they can be now. */
  present?: boolean;
  /** Stands on top of every page. */
  banner?: ReactElement;
}

export type MakePortal = (me: Me) => Portal;
