/** Whether what one drew or wrote is kept, and who else did. */
import type { ReactElement } from "react";
import { moment } from "../../../lib/format";
import { useText } from "../../../lib/i18n";
import type { View } from "../../../parts/together/together";
import { Trouble } from "../../../ui/views";
import type { Author } from "./useBoard";

export function Kept({ view }: { view: View<Author> }): ReactElement {
  const { t, lang } = useText();
  const now = new Date();
  const wrote = view.authors.map(({ name, at }) => `${name} ${moment(new Date(at), now, lang)}`).join(t("list.comma"));
  return (
    <>
      <p className="meta num" role="status">
        {view.isThere && t(view.isOpen ? `board.${view.state}` : "board.closed")}{wrote && ` · ${t("board.wrote", { wrote })}`}
      </p>
      <Trouble error={view.problem} />
    </>
  );
}
