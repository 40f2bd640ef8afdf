import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import { useT } from "../i18n";
import { useShared } from "./shared";

// The first page of a visit leaves the focus where the browser puts it; later
// ones take it to their heading, so that a screen reader says where one is. They
// do so as they are drawn, and never take it from who has gone on since.
const visit = { moved: false };

// usePage names the document and takes the focus to the page's heading. The
// title never holds a patient's name. key is what makes it another page.
export function usePage(title: string, key = ""): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  const t = useT();
  useEffect(() => {
    document.title = title === "" ? t("app.name") : `${title} – ${t("app.name")}`;
  }, [title, t]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key is another page
  useLayoutEffect(() => {
    if (visit.moved) heading.current?.focus({ preventScroll: true });
    visit.moved = true;
  }, [key]);
  return heading;
}

// PageHeading is the h1 of a page whose title may stand in the document's.
export function PageHeading(props: { title: string; children?: ReactNode }) {
  const ref = usePage(props.title, props.title);
  const shared = useShared();
  return (
    <h1 ref={ref} tabIndex={-1} className={shared.h1}>
      {props.children ?? props.title}
    </h1>
  );
}
