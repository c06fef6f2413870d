/** The films of a recording side by side, on one time line with what happened and what was written. */
import { useEffect, useRef, type ReactElement } from "react";
import { duration, number } from "../../lib/format";
import { isText, useText } from "../../lib/i18n";
import { Button } from "../../ui/Button";
import { place, useBeside, useWritten, type Recorded } from "./api";
import { Beside, type Shown as Stood } from "./Beside";
import { DRIFT_S, lastBy, length_ms, lines, plays, within, type Film, type Happened, type Line } from "./model";
import { useClock, type Clock } from "./useClock";

const STEP_MS = 1000; // of the arrow keys

interface Props {
  id: string;
  one: Recorded;
  readsChat: boolean;
  /** What else may stand beside the films. */
  beside: Stood[];
  nameOf(person: Film["person"]): string;
}

export function Player({ id, one, readsChat, beside, nameOf }: Props): ReactElement {
  const { t } = useText();
  const films = one.films.filter(plays);
  const happened = useBeside<Happened>(id, one, "events").data ?? [];
  const written = useWritten(id, readsChat);
  const whole = length_ms(films, one.begun, one.ended);
  const clock = useClock(whole);
  const names = new Map(one.films.map(({ person }) => [person.id, nameOf(person)]));
  const told = lines(happened.map((line) => ({ ...line, person: names.get(line.person) ?? "" })), written, one.begun, one.ended);
  const on = films.filter((film) => within(film, clock.now_ms) !== undefined);
  return (
    <div className="player">
      <div className="player-stage">
        <div className="films" data-theme="dark" data-count={Math.min(on.length, 4)}>
          {films.map((film) => <Shown key={film.nth} from={place(id, one.id, film.nth)} film={film} name={nameOf(film.person)} clock={clock} />)}
          {on.length === 0 && <p className="meta">{t("recordings.nobody")}</p>}
        </div>
        {beside.filter(({ key }) => one.beside[key] !== undefined).map((each) => (
          <Beside key={each.key} id={id} one={one} shown={each} now_ms={clock.now_ms} nameOf={(person) => names.get(person) ?? ""} />
        ))}
      </div>
      <div className="player-line" role="group" aria-label={t("recordings.line")}>
        <Button icon={clock.runs ? "pause" : "play"} aria-label={t(clock.runs ? "recordings.pause" : "recordings.play")} onClick={clock.toggle} />
        <input type="range" min={0} max={Math.ceil(whole / STEP_MS) * STEP_MS} step={STEP_MS} value={Math.round(clock.now_ms / STEP_MS) * STEP_MS} aria-label={t("recordings.place")}
          aria-valuetext={duration(clock.now_ms / 1000)} onChange={(event) => clock.set(Number(event.target.value))} />
        <span className="num">{duration(clock.now_ms / 1000)} / {duration(whole / 1000)}</span>
      </div>
      <Happenings all={told} clock={clock} />
      <Counted films={one.films} nameOf={nameOf} />
    </div>
  );
}

/** One film, kept where the whole is. */
function Shown({ from, film, name, clock }: { from: string; film: Film; name: string; clock: Clock }): ReactElement {
  const { t } = useText();
  const video = useRef<HTMLVideoElement>(null);
  const at = within(film, clock.now_ms);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    if (at === undefined || !clock.runs) element.pause();
    if (at === undefined) return;
    if (Math.abs(element.currentTime - at) > DRIFT_S) element.currentTime = at;
    // A film that is set elsewhere before it has begun to play says so, and is begun again at the next tick
    if (clock.runs && element.paused) element.play().catch(() => undefined);
  }, [at, clock.runs]);
  return (
    <figure className="film" hidden={at === undefined}>
      <video ref={video} src={from} preload="metadata" playsInline aria-label={t("room.picture", { name })} />
      <figcaption>{name}{film.label && ` · ${film.label}`}</figcaption>
    </figure>
  );
}

/** What happened, each line a way to its moment. */
function Happenings({ all, clock }: { all: Line[]; clock: Clock }): ReactElement {
  const { t } = useText();
  const last = lastBy(all, clock.now_ms);
  return (
    <ol className="happenings">
      {all.map((line, index) => {
        const key = `case.did.${line.what}`;
        return (
          <li key={index}>
            <button type="button" aria-current={index === last || undefined} onClick={() => clock.set(line.at_ms)}>
              <span className="num">{duration(line.at_ms / 1000)}</span>
              <span>{line.what === "chat" || line.what === "said" ? t("recordings.wrote") : isText(key) ? t(key) : line.what} <b>{line.who}</b> {line.words}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

/** What is in the films, and what lacks: said, not hidden. */
function Counted({ films, nameOf }: { films: Film[]; nameOf: Props["nameOf"] }): ReactElement {
  const { t, lang } = useText();
  return (
    <details className="meta">
      <summary>{t("recordings.counts")}</summary>
      <ul>
        {films.map(({ nth, person, counts }) => (
          <li key={nth} className="num">
            {nameOf(person)}: {t("recordings.counted", {
              pictures: number(counts.pictures ?? 0, lang), sounds: number(counts.sounds ?? 0, lang), lost: number(counts.lost ?? 0, lang),
              broken: number((counts.broken ?? 0) + (counts.unopened ?? 0), lang),
            })}
          </li>
        ))}
      </ul>
    </details>
  );
}
