/** The frame of a portal: the rail of pages, the header with time and person, and the page itself. */
import type { ReactElement, ReactNode } from "react";
import { NavLink } from "react-router";
import { useText } from "../lib/i18n";
import { Icon, Logo, type IconName } from "./Icon";
import { HeadClock, LangSwitch, ThemeSwitch } from "./switches";

export interface RailItem {
  to: string;
  icon: IconName;
  word: string;
  count?: number;
}

interface Props {
  items: RailItem[];
  person?: { name: string; place: string };
  onLeave?: () => void;
  /** Whether the person can be called now, where they ever are. */
  presence?: ReactNode;
  banner?: ReactNode;
  children: ReactNode;
}

export function Shell({ items, person, onLeave, presence, banner, children }: Props): ReactElement {
  const { t } = useText();
  return (
    <div className="shell">
      <a className="skip" href="#page">{t("shell.skip")}</a>
      <nav className="rail" aria-label={t("shell.nav")}>
        <Logo />
        {items.map(({ to, icon, word, count }) => (
          <NavLink key={to} to={to} className={({ isActive }) => (isActive ? "on" : "")}>
            <Icon name={icon} />
            <span>{word}</span>
            {count ? <em className="num">{count}</em> : null}
          </NavLink>
        ))}
      </nav>
      <header className="top">
        <HeadClock />
        <div className="top-end">
          <ThemeSwitch />
          <LangSwitch />
          {presence && <div>{presence}</div>}
          {person && (
            <div className="person">
              <span className="avatar" aria-hidden="true">{person.name.slice(0, 1)}</span>
              <div>
                <b>{person.name}</b>
                <div className="meta">{person.place}</div>
              </div>
            </div>
          )}
          {onLeave && (
            <button type="button" className="btn quiet icon" aria-label={t("shell.leave")} title={t("shell.leave")} onClick={onLeave}>
              <Icon name="out" />
            </button>
          )}
        </div>
      </header>
      <main id="page" className="page" tabIndex={-1}>
        {banner}
        {children}
      </main>
    </div>
  );
}
