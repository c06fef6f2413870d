/** Login: the password, then a second factor. It never locks; attempts slow down. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactElement } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { http } from "../../lib/http";
import { useText } from "../../lib/i18n";
import { write } from "../../lib/storage";
import { Icon, Logo } from "../../ui/Icon";
import { LangSwitch, ThemeSwitch } from "../../ui/switches";
import { Account } from "./Account";
import { Enrol } from "./Enrol";
import { Factor } from "./Factor";
import { after, ORDER, type Answer, type Step } from "./model";
import { NewPassword } from "./NewPassword";
import { Recovery } from "./Recovery";
import type { Way } from "./Ways";
import "./login.css";

export function LoginPage(): ReactElement {
  const { t } = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const [step, setStep] = useState<Step>("account");
  const [name, setName] = useState("");
  const [recovered, setRecovered] = useState(false);
  const [way, setWay] = useState<Way>("code");
  useEffect(() => {
    document.title = t("login.title");
  }, [t]);

  const go = (answer: Answer | undefined, otherwise: Step): void => {
    const next = after(answer, otherwise);
    if (next !== "in") return setStep(next);
    http.keepToken(answer?.csrf ?? "");
    client.clear();
    write("in", "1");
    void navigate(home(query.get("to")), { replace: true });
  };
  return (
    <div className="login">
      <header className="bare-head">
        <Logo />
        <div>
          <b>{t("product.name")}</b>
          <div className="meta">{t("product.line")}</div>
        </div>
        <div className="top-end">
          <ThemeSwitch />
          <LangSwitch />
        </div>
      </header>
      <main className="login-main">
        <section className={`card login-card ${step}`} aria-labelledby="login-step">
          <div className="step">
            <i aria-hidden="true">{ORDER[step]}</i>
            <h1 id="login-step">{t(step === "in" ? "login.factor" : `login.${step}`)}</h1>
            {name && step !== "account" && <span className="meta">{name}</span>}
          </div>
          {step === "account" && (
            <Account
              name={name} setName={setName} recovered={recovered} onAnswer={(answer) => go(answer, "factor")}
              onForgotten={() => setStep("recovery")}
            />
          )}
          {step === "password" && <NewPassword onAnswer={() => setStep("enrol")} onSkip={() => setStep("enrol")} />}
          {step === "enrol" && <Enrol onAnswer={(answer) => go(answer, "factor")} onWay={setWay} />}
          {step === "factor" && <Factor first={way} onAnswer={(answer) => go(answer, "factor")} />}
          {step === "recovery" && (
            <Recovery
              name={name} setName={setName} onBack={() => setStep("account")}
              onDone={() => {
                setRecovered(true);
                setStep("account");
              }}
            />
          )}
          {step !== "account" && step !== "recovery" && (
            <button type="button" className="btn quiet" onClick={() => setStep("account")}>
              {t("login.other")}
            </button>
          )}
        </section>
      </main>
      <footer className="login-foot">
        <Icon name="shield" />
        {t("login.recorded")}
      </footer>
    </div>
  );
}

/** Only a path of our own is followed after login. */
function home(to: string | null): string {
  return to && /^\/(?!\/)/.test(to) ? to : "/";
}
