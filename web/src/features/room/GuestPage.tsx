/** A guest's page: the link is opened, on this device for good, and from there it is the room and nothing else. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { moment } from "../../lib/format";
import { http } from "../../lib/http";
import { useText } from "../../lib/i18n";
import { asProblem } from "../../lib/problem";
import { GuestSelf } from "../../lib/self";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Card } from "../../ui/Card";
import { Logo } from "../../ui/Icon";
import { LangSwitch, ThemeSwitch } from "../../ui/switches";
import { useTerminal } from "../../ui/theme";
import { Empty, Loading, Trouble } from "../../ui/views";
import { enterAsGuest, guestHere, type Guest } from "./api";
import { RoomOf } from "./RoomPage";

const tokenOf = (hash: string): string => hash.replace(/^#/, "");

export function GuestPage(): ReactElement {
  const { t } = useText();
  useTitle(t("guest.title"));
  useTerminal("phone");
  const [token, setToken] = useState(() => tokenOf(location.hash));
  const here = useQuery({ queryKey: ["guest"], queryFn: guestHere, enabled: token === "", retry: false, staleTime: Infinity });
  const enter = useMutation({
    mutationFn: enterAsGuest,
    onSuccess: () => history.replaceState(null, "", location.pathname), // what is in the address may be read over a shoulder
  });
  const guest = enter.data ?? here.data;
  if (guest) http.keepToken(guest.csrf);
  return (
    <div className="guest">
      <header className="bare-head">
        <Logo />
        <b>{t("product.name")}</b>
        <div className="top-end"><ThemeSwitch /><LangSwitch /></div>
      </header>
      <main className="page">
        <h1 className="sr">{t("guest.title")}</h1>
        {guest ? <InRoom guest={guest} /> : token ? (
          <Card title={t("guest.title")}>
            <div className="stack">
              <p>{t("guest.what")}</p>
              <p className="meta">{t("guest.one_device")}</p>
              <div className="row">
                <Button kind="primary" large icon="video" {...(enter.isPending ? { busy: true } : {})} onClick={() => enter.mutate(token)}>{t("guest.open")}</Button>
              </div>
              <Trouble error={enter.error} />
              {enter.error && asProblem(enter.error).code === "guest.link" && (
                <Button kind="quiet" onClick={() => setToken("")}>{t("guest.opened_here")}</Button>
              )}
            </div>
          </Card>
        ) : (
          <Card title={t("guest.title")}>
            {here.isPending ? <Loading what={t("guest.title")} lines={2} /> : <Empty icon="lock" title={t("guest.none")}>{t("guest.none.note")}</Empty>}
          </Card>
        )}
      </main>
    </div>
  );
}

function InRoom({ guest }: { guest: Guest }): ReactElement {
  const { t, lang } = useText();
  const head = (
    <p className="meta num">
      {t("guest.by", { name: guest.name, by: guest.by, role: t(`room.role.${guest.role}`), until: moment(new Date(guest.ends), new Date(), lang) })}
    </p>
  );
  return (
    <GuestSelf.Provider value={guest}>
      <RoomOf id={guest.consultation} head={() => head} surfaces={[]} panels={[]} />
    </GuestSelf.Provider>
  );
}
