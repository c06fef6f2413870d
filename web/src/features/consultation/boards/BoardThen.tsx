/** The whiteboard at a moment of a recording; what draws it is loaded when there is one. */
import { lazy, Suspense, useMemo, type ReactElement } from "react";
import { useText } from "../../../lib/i18n";
import { Empty, Loading } from "../../../ui/views";
import "./boards.css";
import "./fonts";
import { Replay, type Drawn } from "./replay";

const Past = lazy(() => import("./Past"));

/** `count`: how many of the updates had come by then. */
export function BoardThen({ all, count }: { all: Drawn[]; count: number }): ReactElement {
  const { t } = useText();
  const replay = useMemo(() => new Replay(all), [all]);
  if (count === 0) return <Empty icon="pen" title={t("recordings.board.none")} />;
  return (
    <div className="whiteboard past" data-theme="light">
      <Suspense fallback={<Loading what={t("board.loading")} lines={4} />}>
        <Past doc={replay.after(count)} count={count} />
      </Suspense>
    </div>
  );
}
