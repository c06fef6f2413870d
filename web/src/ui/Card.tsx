import { useId, type ReactElement, type ReactNode } from "react";

interface Props {
  title?: ReactNode;
  aside?: ReactNode;
  footer?: ReactNode;
  className?: string;
  flush?: boolean;
  /** One of many alike: an article, and no landmark, since their headlines may be the same. */
  ofMany?: boolean;
  children: ReactNode;
}

/** A white sheet with a headline; `flush` lets rows run to its edges. */
export function Card({ title, aside, footer, className = "", flush, ofMany, children }: Props): ReactElement {
  const head = useId();
  const Sheet = ofMany ? "article" : "section";
  return (
    <Sheet className={`card ${className}`} aria-labelledby={title ? head : undefined}>
      {title && (
        <header className="card-head">
          <h2 id={head}>{title}</h2>
          {aside && <span className="meta num">{aside}</span>}
        </header>
      )}
      <div className={flush ? "card-body flush" : "card-body"}>{children}</div>
      {footer && <footer className="card-foot">{footer}</footer>}
    </Sheet>
  );
}
