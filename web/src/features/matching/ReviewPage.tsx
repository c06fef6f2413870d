/** Who may be the same person: the pairs of a shelf, the likeliest first, and the one that is looked at. */
import { useState, type ReactElement } from "react";
import { useSearchParams } from "react-router";
import { useText } from "../../lib/i18n";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Tag } from "../../ui/Tag";
import { Empty, Loading, ProblemView } from "../../ui/views";
import { useHouses, usePairs } from "./api";
import { following, likely, SHELVES, type Pair, type Shelf } from "./model";
import { PairView } from "./PairView";
import "./matching.css";

const isShelf = (word: string | null): word is Shelf => SHELVES.some((one) => one === word);

export function ReviewPage(): ReactElement {
  const { t } = useText();
  useTitle(t("nav.matching"));
  const [params, setParams] = useSearchParams();
  const asked = params.get("shelf");
  const shelf = isShelf(asked) ? asked : "open";
  const pairs = usePairs(shelf);
  const counts = pairs.data?.pages.at(-1)?.counts;
  return (
    <>
      <div className="pagehead">
        <h1>{t("nav.matching")}</h1>
        <nav className="shelves" aria-label={t("match.shelves")}>
          {SHELVES.map((one) => (
            <button
              key={one} type="button" className="btn quiet" aria-current={one === shelf ? "page" : undefined}
              onClick={() => setParams(one === "open" ? {} : { shelf: one })}
            >
              {t(`match.shelf.${one}`)}
              {counts && <span className="num count">{counts[one] ?? 0}</span>}
            </button>
          ))}
        </nav>
        <Button kind="quiet" icon="retry" onClick={() => void pairs.refetch()}>{t("match.refresh")}</Button>
      </div>
      {pairs.isPending ? (
        <Card><Loading what={t("match.loading")} /></Card>
      ) : !pairs.data ? (
        <Card><ProblemView title={t("match.failed")} error={pairs.error} onRetry={() => void pairs.refetch()} /></Card>
      ) : (
        <Shelved
          key={shelf} items={pairs.data.pages.flatMap((page) => page.items)} shelf={shelf}
          more={pairs.hasNextPage ? () => void pairs.fetchNextPage() : undefined} busy={pairs.isFetchingNextPage}
        />
      )}
    </>
  );
}

interface ShelvedProps {
  items: Pair[];
  shelf: Shelf;
  more: (() => void) | undefined;
  busy: boolean;
}

function Shelved({ items, shelf, more, busy }: ShelvedProps): ReactElement {
  const { t } = useText();
  const houses = useHouses();
  const [chosen, setChosen] = useState<string>();
  const named = (id: string): string => houses.data?.find((one) => one.id === id)?.name ?? t("match.house.unknown");
  const pair = items.find(({ id }) => id === chosen) ?? items[0];
  if (!pair) return <Card><Empty icon="people" title={t(`match.none.${shelf}`)} /></Card>;
  const ids = items.map(({ id }) => id);
  return (
    <div className="cols review">
      <PairView
        key={pair.id} pair={pair} named={named}
        onMove={(by) => setChosen(ids[ids.indexOf(pair.id) + by] ?? pair.id)}
        onSettled={() => setChosen(following(ids, pair.id))}
      />
      <Card title={t("match.queue")} aside={t("desk.count", { count: items.length })} flush>
        <ul className="rows queue">
          {items.map((one) => (
            <li key={one.id}>
              <button type="button" className="rowlink" aria-current={one.id === pair.id ? "true" : undefined} onClick={() => setChosen(one.id)}>
                <span className="what">
                  <b>{one.sides.map(({ name }) => name || t("match.nameless")).join(" · ")}</b>
                  <span className="meta">{one.sides.map(({ institution }) => named(institution)).join(" · ")}</span>
                </span>
                <Tag>{t(`match.likely.${likely(one.bits)}`)}</Tag>
              </button>
            </li>
          ))}
        </ul>
        {more && <div className="more"><Button kind="quiet" onClick={more} {...(busy ? { busy } : {})}>{t("match.more")}</Button></div>}
      </Card>
    </div>
  );
}
