import { useId, type ReactElement, type ReactNode } from "react";

interface Props {
  title?: ReactNode;
  aside?: ReactNode;
  footer?: ReactNode;
  className?: string;
  flush?: boolean;
  children: ReactNode;
}

/** A white sheet with a headline; `flush` lets rows run to its edges. */
export function Card({ title, aside, footer, className = "", flush, children }: Props): ReactElement {
  const head = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={title ? head : undefined}>
      {title && (
        <header className="card-head">
          <h2 id={head}>{title}</h2>
          {aside && <span className="meta num">{aside}</span>}
        </header>
      )}
      <div className={flush ? "card-body flush" : "card-body"}>{children}</div>
      {footer && <footer className="card-foot">{footer}</footer>}
    </section>
  );
}
