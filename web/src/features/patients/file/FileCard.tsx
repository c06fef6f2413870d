/** A card of the file in each of its states: coming, here, here but old, failed, refused. The others go on without it. */
import type { UseInfiniteQueryResult, UseQueryResult } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { fhirMoment } from "../../../lib/format";
import { isText, useText } from "../../../lib/i18n";
import { useNow } from "../../../lib/now";
import { isRefused } from "../../../lib/problem";
import { Button } from "../../../ui/Button";
import { Card } from "../../../ui/Card";
import { Shape } from "../../../ui/Shape";
import { Loading, ProblemView, Trouble, useSpan } from "../../../ui/views";
import { tellers, type Source } from "./model";

interface Props<D> {
  query: Pick<UseQueryResult<D>, "data" | "error" | "isPending" | "isError" | "dataUpdatedAt" | "refetch">;
  title: string;
  loading: string;
  failed: string;
  className: string;
  lines?: number;
  aside?: (data: D) => ReactNode;
  footer?: (data: D) => ReactNode;
  children: (data: D) => ReactNode;
}

export function FileCard<D>({ query, title, loading, failed, className, lines = 4, aside, footer, children }: Props<D>): ReactElement {
  const { data, error } = query;
  const shown = data !== undefined && !isRefused(error);
  return (
    <Card title={title} className={`file-card ${className}`} flush aside={shown ? aside?.(data) : undefined} footer={shown ? footer?.(data) : undefined}>
      {query.isPending ? (
        <Loading what={loading} lines={lines} />
      ) : shown ? (
        <>
          {query.isError && <Old since={query.dataUpdatedAt} />}
          {children(data)}
        </>
      ) : (
        <ProblemView title={failed} error={error} onRetry={() => void query.refetch()} />
      )}
    </Card>
  );
}

/** What is shown was fetched a while ago, and asking again did not help. */
function Old({ since }: { since: number }): ReactElement {
  const { t } = useText();
  const long = useSpan();
  const now = useNow(1000);
  return (
    <p className="old hatch num" role="status">
      <Shape state="stale" />
      {t("file.old", { span: long(Math.max(1, Math.floor((now - since) / 1000))) })}
    </p>
  );
}

/** Who told a list, and when something of it came last. */
export function Told({ items, last }: { items: readonly { source: Source }[]; last: string | null }): ReactElement | null {
  const { t, lang } = useText();
  if (last === null) return null;
  const { names, kinds } = tellers(items);
  const words = kinds.map((kind) => `file.source.${kind}`).filter(isText).map((word) => t(word));
  return <span className="meta num told">{[[...names, ...words].join(t("list.comma")), t("file.last", { at: fhirMoment(last, new Date(), lang) })].filter(Boolean).join(" · ")}</span>;
}

/** The next page of a long list, where there is one. */
export function More({ query }: { query: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "isFetchNextPageError" | "error" | "fetchNextPage"> }): ReactElement | null {
  const { t } = useText();
  if (!query.hasNextPage) return null;
  return (
    <div className="file-more">
      <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("file.more")}</Button>
      <Trouble error={query.isFetchNextPageError ? query.error : null} />
    </div>
  );
}
