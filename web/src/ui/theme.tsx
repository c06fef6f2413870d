/** Scheme (light, dark) and terminal of the page: set once on <html>, given to Ant Design, changed by a switch. */
import { ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { createContext, useContext, useEffect, useMemo, useState, type ReactElement, type ReactNode } from "react";
import { useText } from "../lib/i18n";
import { read, write } from "../lib/storage";
import { antTheme, type Scheme, type Terminal } from "./antTheme";

interface Look {
  scheme: Scheme;
  setScheme(scheme: Scheme): void;
  setTerminal(terminal: Terminal): void;
}

const LookContext = createContext<Look>({ scheme: "light", setScheme: () => undefined, setTerminal: () => undefined });

function startScheme(): Scheme {
  const kept = read("theme");
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function Theme({ children }: { children: ReactNode }): ReactElement {
  const { lang } = useText();
  const [scheme, keep] = useState<Scheme>(startScheme);
  const [terminal, setTerminal] = useState<Terminal>("desktop");
  useEffect(() => {
    document.documentElement.dataset.theme = scheme;
  }, [scheme]);
  useEffect(() => {
    document.documentElement.dataset.terminal = terminal;
  }, [terminal]);
  const look = useMemo<Look>(
    () => ({
      scheme,
      setScheme: (next) => {
        write("theme", next);
        keep(next);
      },
      setTerminal,
    }),
    [scheme],
  );
  return (
    <LookContext value={look}>
      <ConfigProvider
        theme={antTheme(scheme, terminal)}
        locale={lang === "zh" ? zhCN : enUS}
        wave={{ disabled: true }}
      >
        {children}
      </ConfigProvider>
    </LookContext>
  );
}

export function useLook(): Look {
  return useContext(LookContext);
}

/** A portal says which terminal it is made for; the login and the gallery are desktop. */
export function useTerminal(terminal: Terminal): void {
  const { setTerminal } = useLook();
  useEffect(() => {
    setTerminal(terminal);
    return () => setTerminal("desktop");
  }, [terminal, setTerminal]);
}
