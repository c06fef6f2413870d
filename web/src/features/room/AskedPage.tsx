/** For interpreters: the rooms that they were asked into, each one press away. */
import { useEffect, type ReactElement } from "react";
import { Link } from "react-router";
import { useText } from "../../lib/i18n";
import { useLive } from "../../lib/useLive";
import { useTitle } from "../../lib/title";
import { Card } from "../../ui/Card";
import { Icon } from "../../ui/Icon";
import { Empty, Failed, Loading } from "../../ui/views";
import { useRooms } from "./api";

const keep = (state: unknown): unknown => state;

export function AskedPage(): ReactElement {
  const { t } = useText();
  useTitle(t("asked.title"));
  const rooms = useRooms();
  const { seq } = useLive<unknown>("me", keep);
  const { refetch } = rooms;
  useEffect(() => {
    if (seq > 0) void refetch();
  }, [seq, refetch]);
  if (rooms.isPending) return <Card title={t("asked.title")}><Loading what={t("asked.title")} lines={2} /></Card>;
  if (!rooms.data) return <Card title={t("asked.title")}><Failed title={t("asked.title")} error={rooms.error} onRetry={() => void refetch()} /></Card>;
  if (rooms.data.items.length === 0) return <Card title={t("asked.title")}><Empty icon="people" title={t("asked.none")}>{t("asked.none.note")}</Empty></Card>;
  return (
    <>
      <h1 className="sr">{t("asked.title")}</h1>
      {rooms.data.items.map(({ room, by }) => (
        <Link key={room} className="choice later" to={`/asked/${room}`}>
          <Icon name="video" size={52} />
          <span className="grow"><b>{t("room.enter")}</b><span className="num">{t("asked.by", { by })}</span></span>
          <Icon name="arrow" size={30} />
        </Link>
      ))}
    </>
  );
}
