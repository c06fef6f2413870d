/** Who is in the room and who waits at its door. */
import type { ReactElement } from "react";
import { useText } from "../../lib/i18n";
import { useNow } from "../../lib/now";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Tag } from "../../ui/Tag";
import { Trouble, useSpan } from "../../ui/views";
import { AskIn } from "./AskIn";
import { isInside, useDoor, useLead, type Present, type Room } from "./api";
import { LinkSign } from "./Head";
import type { Link } from "./useLink";

interface Props {
  id: string;
  room: Room;
  me: string;
  link: Link;
  /** What somebody is called whom the directory does not know: the patient. */
  nameOf(person: Present["person"]): string;
}

export function People({ id, room, me, link, nameOf }: Props): ReactElement {
  const { t } = useText();
  const door = useDoor(id);
  const long = useSpan();
  const now = useNow(1000);
  const lead = useLead(id);
  // The first hand that went up is the first to be asked
  const hands = room.members.filter(({ signs }) => signs.hand).sort((a, b) => (a.signs.hand ?? "").localeCompare(b.signs.hand ?? ""));
  const waiting = room.members.filter(({ standing }) => standing === "waiting");
  const awaited = room.members.filter(({ standing }) => standing === "out");
  const inside = room.members.filter(isInside);
  const leads = (standing: Present["standing"]): boolean => room.leads && standing === "in";
  const busy = (person: string): { busy?: true } => (door.isPending && door.variables.person === person ? { busy: true } : {});
  return (
    <>
      {waiting.length > 0 && (
        <Card title={t("room.waiting.title")}>
          <ul className="door" aria-live="polite">
            {waiting.map(({ person, role, since }) => (
              <li key={person.id}>
                <span><b>{nameOf(person)}</b> <span className="meta num">{t(`room.role.${role}`)} · {t("room.waiting.since", { span: long((now - new Date(since).getTime()) / 1000) })}</span></span>
                {room.admits && (
                  <span className="row">
                    <Button kind="primary" {...busy(person.id)} onClick={() => door.mutate({ act: "admit", person: person.id })}>{t("room.admit")}</Button>
                    <Button {...busy(person.id)} onClick={() => door.mutate({ act: "remove", person: person.id })}>{t("room.turn_away")}</Button>
                  </span>
                )}
              </li>
            ))}
          </ul>
          <Trouble error={door.error} />
        </Card>
      )}
      <Card title={t("room.people", { count: inside.length, most: room.most ?? 16 })}>
        <ul className="door">
          {inside.map(({ person, role, standing, removable, by, signs }) => (
            <li key={person.id}>
              <span>
                <b>{nameOf(person)}</b> <span className="meta">{t(`room.role.${role}`)}{by ? ` · ${t("guest.asked_by", { by })}` : ""}{person.id === me ? ` · ${t("room.me")}` : ""}</span>{" "}
                {standing === "lost" && <Tag state="low">{t("room.lost")}</Tag>}{" "}
                {signs.hand && <Tag icon="hand">{t("room.hand.nth", { nth: hands.findIndex((one) => one.person.id === person.id) + 1 })}</Tag>}{" "}
                {signs.is_muted && <Tag icon="micOff">{t("room.muted")}</Tag>}
              </span>
              {person.id !== me && link.people.has(person.id) && <LinkSign measured={{ ...link.measured, ...link.people.get(person.id) }} />}
              <span className="row">
                {leads(standing) && signs.hand && <Button kind="quiet" onClick={() => lead.mutate({ act: "lower", person: person.id })}>{t("room.hand.lower_theirs")}</Button>}
                {leads(standing) && person.id !== me && <Button kind="quiet" aria-pressed={room.spotlit === person.id} onClick={() => lead.mutate({ act: "spotlight", person: person.id })}>{t(room.spotlit === person.id ? "room.spotlight.end" : "room.spotlight")}</Button>}
                {leads(standing) && person.id !== me && !signs.is_muted && <Button kind="quiet" onClick={() => lead.mutate({ act: "hush", person: person.id })}>{t(signs.hushed ? "room.hush.asked" : "room.hush")}</Button>}
                {removable && <Button kind="quiet" {...busy(person.id)} onClick={() => door.mutate({ act: "remove", person: person.id })}>{t("room.put_out")}</Button>}
              </span>
            </li>
          ))}
        </ul>
        {waiting.length === 0 && <Trouble error={door.error} />}
        <Trouble error={lead.error} />
      </Card>
      {awaited.length > 0 && (
        <Card title={t("guest.awaited")}>
          <ul className="door">
            {awaited.map(({ person, role, since, removable, by }) => (
              <li key={person.id}>
                <span><b>{nameOf(person)}</b> <span className="meta num">{t(`room.role.${role}`)} · {t("guest.asked_by", { by })} · {t("guest.since", { span: long((now - new Date(since).getTime()) / 1000) })}</span></span>
                {removable && <Button kind="quiet" {...busy(person.id)} onClick={() => door.mutate({ act: "remove", person: person.id })}>{t("guest.revoke")}</Button>}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {room.admits && <AskIn id={id} />}
    </>
  );
}
