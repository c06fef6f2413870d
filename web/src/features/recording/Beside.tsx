/** What people of the room looked at together, as it stood at the moment that the films show. */
import type { ReactElement, ReactNode } from "react";
import { useText, type TextKey } from "../../lib/i18n";
import { Loading, ProblemView } from "../../ui/views";
import { useBeside, type Recorded } from "./api";
import { lastBy } from "./model";

/** One moment of it, and what else its source says; `person`: who did it, '' for nobody that is told. */
export interface Moment {
  at_ms: number;
  person: string;
}

/** A name of a recording's `beside`, and how what stands under it is drawn: all moments, the last of which at `at` (-1: none yet). */
export interface Shown {
  key: string;
  word: TextKey;
  show(all: Moment[], at: number, nameOf: (person: string) => string): ReactNode;
}

interface Props {
  id: string;
  one: Recorded;
  shown: Shown;
  now_ms: number;
  nameOf(person: string): string;
}

export function Beside({ id, one, shown, now_ms, nameOf }: Props): ReactElement {
  const { t } = useText();
  const { data, error, isPending, refetch } = useBeside<Moment>(id, one, shown.key);
  return (
    <section className="stood" aria-label={t(shown.word)}>
      <h3>{t(shown.word)}</h3>
      {isPending && <Loading what={t("recordings.loading")} />}
      {error && <ProblemView title={t("recordings.failed")} error={error} onRetry={() => void refetch()} />}
      {data && shown.show(data, lastBy(data, now_ms), nameOf)}
    </section>
  );
}
