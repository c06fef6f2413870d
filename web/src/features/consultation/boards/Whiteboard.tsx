/** The whiteboard of a case; what draws it is loaded when somebody opens it. */
import { lazy, Suspense, type ReactElement } from "react";
import { useText } from "../../../lib/i18n";
import { Loading, ProblemView } from "../../../ui/views";
import { Kept } from "./Kept";
import { useBoard } from "./useBoard";
import "./boards.css";
import "./fonts";

const Canvas = lazy(() => import("./Canvas"));

export function Whiteboard({ id }: { id: string }): ReactElement {
  const { t } = useText();
  const { board, view } = useBoard(id, "board");
  if (!view.isThere && view.problem) return <ProblemView title={t("board.failed")} error={view.problem} onRetry={() => void board.pull()} />;
  if (!view.isThere) return <Loading what={t("board.loading")} lines={4} />;
  return (
    <section className="whiteboard" data-theme="light" aria-label={t("board.title")}>
      <Suspense fallback={<Loading what={t("board.loading")} lines={4} />}>
        <Canvas id={id} doc={board.doc} isOpen={view.isOpen} />
      </Suspense>
      <Kept view={view} />
    </section>
  );
}
