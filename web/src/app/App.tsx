/** Where the rooms meet: login and gallery for everybody, the portal of one's role for whoever is in. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, type ReactElement } from "react";
import { Navigate, Route, Routes, useLocation, useNavigate } from "react-router";
import { CheckPage } from "../features/check/CheckPage";
import { logOut } from "../features/session/api";
import { Presence } from "../features/session/Presence";
import { GuestPage } from "../features/room/GuestPage";
import { LoginPage } from "../features/session/LoginPage";
import { NewPassword } from "../features/session/NewPassword";
import { StepUp } from "../features/session/StepUp";
import { http } from "../lib/http";
import { useText } from "../lib/i18n";
import { mayBeIn, useMe, type Me } from "../lib/me";
import { useNow } from "../lib/now";
import { asProblem } from "../lib/problem";
import { forget, onForgotten } from "../lib/storage";
import { forgetWords, saveWords, watchWords } from "../lib/unsaved";
import { GalleryPage } from "../portals/gallery/GalleryPage";
import { portalOf } from "../portals";
import { Card } from "../ui/Card";
import { Shell } from "../ui/Shell";
import { useTerminal } from "../ui/theme";
import { Empty, Failed, Loading, OfflineBanner } from "../ui/views";
import { useReach } from "./useReach";

/** Pages for everybody, logged in or not. */
const OUTSIDE = ["/login", "/gallery", "/check", "/guest"];

export function App(): ReactElement {
  return (
    <>
      <Routes>
        <Route path="/login" element={<LoginPage />} />
        <Route path="/gallery" element={<GalleryPage />} />
        <Route path="/check" element={<CheckPage />} />
        <Route path="/guest" element={<GuestPage />} />
        <Route path="*" element={<Inside />} />
      </Routes>
      <Hooks />
    </>
  );
}

/** What a request may need while it runs: the login page, or a fresher factor. */
function Hooks(): ReactElement | null {
  const navigate = useNavigate();
  const [ask, setAsk] = useState<{ end: (given: boolean) => void }>();
  useEffect(() => {
    const signedOut = (): void => {
      const { pathname } = location;
      forget("in");
      if (!OUTSIDE.includes(pathname)) void navigate(`/login?to=${encodeURIComponent(pathname)}`, { replace: true });
    };
    http.connect({ signedOut, stepUp: () => new Promise<boolean>((resolve) => setAsk({ end: resolve })) });
    return onForgotten("in", signedOut);
  }, [navigate]);
  useEffect(watchWords, []);
  const end = useCallback(
    (given: boolean) => {
      ask?.end(given);
      setAsk(undefined);
    },
    [ask],
  );
  return ask ? <StepUp onEnd={end} /> : null;
}

function Inside(): ReactElement {
  const { pathname } = useLocation();
  if (!mayBeIn()) return <Navigate to={`/login?to=${encodeURIComponent(pathname)}`} replace />;
  return <Known />;
}

function Known(): ReactElement {
  const { t } = useText();
  const me = useMe();
  if (me.data) return <PortalOf me={me.data} />;
  if (me.isPending) return <main className="alone"><div className="card"><Loading what={t("app.loading")} /></div></main>;
  if (asProblem(me.error).code === "auth.enrol_first") {
    return (
      <main className="alone">
        <Card title={t("login.password")}><NewPassword onAnswer={() => void me.refetch()} /></Card>
      </main>
    );
  }
  if (asProblem(me.error).status === 401) return <Navigate to="/login" replace />;
  return (
    <main className="alone">
      <div className="card"><Failed title={t("app.failed")} error={me.error} onRetry={() => void me.refetch()} /></div>
    </main>
  );
}

function Nowhere(): ReactElement {
  const { t } = useText();
  return <><h1 className="sr">{t("app.nowhere")}</h1><Card><Empty title={t("app.nowhere")} /></Card></>;
}

function PortalOf({ me }: { me: Me }): ReactElement {
  const { t } = useText();
  const { terminal, home, pages, present, banner } = portalOf(me);
  useTerminal(terminal);
  const navigate = useNavigate();
  const client = useQueryClient();
  const { pathname } = useLocation();
  const since = useReach();
  const now = useNow(1000);
  useEffect(() => {
    document.getElementById("page")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [pathname]);
  const leave = async (): Promise<void> => {
    await saveWords();
    // Even if nobody answers, this browser forgets who was in
    await logOut().catch(() => undefined);
    forgetWords();
    client.clear();
    forget("in");
    void navigate("/login", { replace: true });
  };
  const place = [me.institution.name, ...me.departments.map(({ name }) => name)].join(" ");
  return (
    <Shell
      items={pages.flatMap(({ path, rail }) => (rail ? [{ to: path, icon: rail.icon, word: t(rail.word) }] : []))}
      person={{ name: me.name, place: `${place} · ${t(`role.${me.role}`)}` }}
      presence={present && <Presence me={me} />}
      onLeave={() => void leave()} banner={<>{since !== null && <OfflineBanner seconds={(now - since) / 1000} />}{banner}</>}
    >
      <Routes>
        {pages.map(({ path, page }) => <Route key={path} path={path} element={page} />)}
        <Route path="/" element={<Navigate to={home} replace />} />
        <Route path="*" element={<Nowhere />} />
      </Routes>
    </Shell>
  );
}
