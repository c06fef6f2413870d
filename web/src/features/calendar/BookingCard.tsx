/** A booked case's hour, for both sides: how long yet, the asking side's link, and another hour. */
import { useEffect, useRef, useState, type ReactElement } from "react";
import { day as dayText, minutes, moment, number } from "../../lib/format";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Tag } from "../../ui/Tag";
import { Failed, Loading, Trouble, useSpan } from "../../ui/views";
import { useBooking, useCheckLink, useFollow } from "./api";
import { clocks } from "./DayPanel";
import { wantsCheck, type Booking } from "./model";
import { SlotPicker } from "./SlotPicker";
import "./calendar.css";

interface Props {
  /** `consultation/ID` */
  source: string;
  department: string;
  /** Whether this page is the asking side's, whose link counts. */
  asks: boolean;
  /** How another hour is asked for; undefined when the reader may not now. */
  move?: { to(slot: string): Promise<unknown>; busy: boolean; error: unknown } | undefined;
}

const VERDICT = { good: "ok", fair: "low", poor: "medium" } as const;

export function BookingCard({ source, department, asks, move }: Props): ReactElement | null {
  const { t, lang } = useText();
  useFollow("me");
  const { data: booking, isPending, error, refetch } = useBooking(source);
  const [moving, setMoving] = useState(false);
  if (!booking && !move) return null;
  return (
    <Card title={t("booking.title")} className="booking" aside={booking ? dayText(new Date(booking.start), lang) : undefined}>
      {isPending && <Loading what={t("booking.loading")} lines={2} />}
      {booking === undefined && error && <Failed title={t("booking.failed")} error={error} onRetry={() => void refetch()} />}
      {booking !== undefined && <div className="stack">
        {booking ? <Hour booking={booking} /> : <p><Tag state="medium">{t("calendar.must_move")}</Tag> {t("booking.no_hour")}</p>}
        {booking && <LinkLine booking={booking} asks={asks} />}
        {move && !moving && <div className="row"><Button icon="calendar" onClick={() => setMoving(true)}>{t("booking.move")}</Button></div>}
        {move && moving && <Moving department={department} move={move} onEnd={() => setMoving(false)} />}
      </div>}
    </Card>
  );
}

function Hour({ booking }: { booking: Booking }): ReactElement {
  const { t, lang } = useText();
  const now = useNow(1000);
  const long = useSpan();
  const leftS = (new Date(booking.start).getTime() - now) / 1000;
  const over = new Date(booking.end).getTime() <= now;
  return (
    <>
      <div className="hour">
        <b className="num">{clocks(booking.start, booking.end, lang)}</b>
        <span>{booking.expert.name}</span>
        <span className="num left" role="timer">
          {over ? t("booking.over") : leftS <= 0 ? t("booking.now") : leftS < 3600 ? t("booking.left.clock", { left: minutes(leftS) }) : t("booking.left", { span: long(leftS) })}
        </span>
      </div>
      {booking.must_move && !over && <p><Tag state="medium">{t("calendar.must_move")}</Tag> {booking.cover ? t("booking.must_move.cover", { expert: booking.expert.name, cover: booking.cover.name }) : t("booking.must_move.why", { expert: booking.expert.name })}</p>}
      {!booking.must_move && !over && leftS > 900 && <p className="meta num">{t("booking.opens", { when: moment(new Date(booking.opens), new Date(now), lang) })}</p>}
    </>
  );
}

/** What the asking side measured; its own page measures by itself in the last half hour, and whenever it is asked to. */
function LinkLine({ booking, asks }: { booking: Booking; asks: boolean }): ReactElement {
  const { t, lang } = useText();
  const now = useNow(15_000);
  const check = useCheckLink(booking.id);
  const { link } = booking;
  const due = asks && wantsCheck(booking, now);
  const tried = useRef(0);
  const { isPending, mutate } = check;
  useEffect(() => {
    if (!due || isPending || Date.now() - tried.current < 60_000) return;
    tried.current = Date.now();
    mutate();
  }, [due, isPending, mutate]);
  return (
    <div className="linkline">
      <div className="grow" role="status">
        <b>{t(asks ? "booking.link.own" : "booking.link.theirs")}</b>
        {link ? (
          <p className="num">
            <Tag state={VERDICT[link.verdict]}>{t(`booking.link.${link.verdict}`)}</Tag>{" "}
            {t("booking.link.measured", {
              rtt: number(link.rtt_ms, lang), down: number(link.down_kbps / 1000, lang, 1), up: number(link.up_kbps / 1000, lang, 1),
              when: moment(new Date(link.checked), new Date(now), lang),
            })}
          </p>
        ) : (
          <p className="meta">{t("booking.link.none")}</p>
        )}
        {link?.verdict === "poor" && <p>{t(asks ? "booking.link.poor.own" : "booking.link.poor.theirs")}</p>}
        <Trouble error={check.error} />
      </div>
      {asks && <Button kind="quiet" icon="retry" {...(isPending ? { busy: true } : {})} onClick={() => mutate()}>{t("booking.link.check")}</Button>}
    </div>
  );
}

interface MovingProps {
  department: string;
  move: NonNullable<Props["move"]>;
  onEnd(): void;
}

function Moving({ department, move, onEnd }: MovingProps): ReactElement {
  const { t } = useText();
  const [slot, setSlot] = useState("");
  return (
    <div className="stack">
      <SlotPicker department={department} value={slot} onChange={setSlot} />
      <Trouble error={move.error} />
      <div className="row">
        <Button
          kind="primary" whyNot={slot ? undefined : t("booking.move.choose")} {...(move.busy ? { busy: true } : {})}
          onClick={() => void move.to(slot).then(onEnd, () => undefined)}
        >
          {t("booking.move.act")}
        </Button>
        <Button kind="quiet" onClick={onEnd}>{t("act.back")}</Button>
      </div>
    </div>
  );
}
