/** One of several panels at a time (WAI-ARIA APG, tabs with automatic activation). */
import { useId, useState, type KeyboardEvent, type ReactElement, type ReactNode } from "react";

export interface Tab {
  key: string;
  title: string;
  /** How many wait in it for its reader; 0 is not said. */
  count?: number;
  /** What else stands beside its title. */
  mark?: ReactNode;
  show(): ReactNode;
}

const STEPS: Record<string, (at: number, last: number) => number> = {
  ArrowRight: (at, last) => (at === last ? 0 : at + 1),
  ArrowLeft: (at, last) => (at === 0 ? last : at - 1),
  Home: () => 0,
  End: (_, last) => last,
};

export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }): ReactElement {
  const id = useId();
  const [chosen, setChosen] = useState(tabs[0]?.key);
  const at = Math.max(0, tabs.findIndex(({ key }) => key === chosen));
  const step = (event: KeyboardEvent<HTMLElement>): void => {
    const to = STEPS[event.key]?.(at, tabs.length - 1);
    const tab = to === undefined ? undefined : tabs[to];
    if (!tab) return;
    event.preventDefault();
    setChosen(tab.key);
    document.getElementById(`${id}-${tab.key}`)?.focus();
  };
  return (
    <div className="tabbed">
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={step}>
        {tabs.map(({ key, title, count = 0, mark }, place) => (
          <button
            key={key} id={`${id}-${key}`} type="button" role="tab" aria-selected={place === at} aria-controls={`${id}-panel`}
            tabIndex={place === at ? 0 : -1} onClick={() => setChosen(key)}
          >
            {title}{count > 0 && <span className="num"> {count}</span>}{mark}
          </button>
        ))}
      </div>
      <div className="stack" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tabs[at]?.key}`}>{tabs[at]?.show()}</div>
    </div>
  );
}
