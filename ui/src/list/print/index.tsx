import { Button, FluentProvider, teamsLightTheme } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useLocation, useParams } from "wouter";
import type { Entry, ListView } from "../../api/gen";
import { api, Bones, Failure, keys, paths, reasonText, usePage, useT, useToast } from "../../common";
import { arrange, shownColumns } from "../arrange";
import css from "../list.module.css";
import { indexMarks } from "../model";
import { readChoice } from "./choice";
import { Pocket } from "./Pocket";
import { PrintTable } from "./PrintTable";
import print from "./print.module.css";
import { PurposeField, usePurpose } from "./usePurpose";

export type Layout = "pocket" | "table";

// PrintPage shows what will be printed, says so to the record of who did what,
// and then prints (P12).
export default function PrintPage() {
  const { list = "" } = useParams<{ list: string }>();
  const query = useQuery({
    queryKey: [...keys.list(list), "print"],
    queryFn: ({ signal }) => api.getList({ list }, { signal }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.data) return <Print data={query.data} />;
  if (query.error) return <Failure of={query.error} onRetry={() => void query.refetch()} />;
  return <Bones rows={8} />;
}

function Print({ data }: { data: ListView }) {
  const t = useT();
  const [, go] = useLocation();
  const heading = usePage(t("list.print.title"), data.list.id);
  const purpose = usePurpose();
  const [layout, setLayout] = useState<Layout>("pocket");
  const { run, busy } = usePrint(data, layout, purpose);
  const entries = useEntriesToPrint(data);
  usePageRules(layout);
  return (
    <main className={print.page}>
      <div className={print.tools}>
        <h1 ref={heading} tabIndex={-1} className={print.title}>
          {t("list.print.title")}
        </h1>
        <fieldset className={css.choices}>
          <legend className={css.legend}>{t("list.print.layout")}</legend>
          {(["pocket", "table"] as const).map((one) => (
            <label key={one} className={css.checkLabel}>
              <input
                type="radio"
                name="layout"
                className={css.check}
                checked={layout === one}
                onChange={() => setLayout(one)}
              />
              {t(`list.print.${one}`)}
            </label>
          ))}
        </fieldset>
        <PurposeField of={purpose} />
        <div className={css.row}>
          <Button appearance="primary" disabled={busy || !purpose.ready} onClick={() => void run()}>
            {t("list.print.go")}
          </Button>
          <Button onClick={() => go(paths.list(data.list.space, data.list.id))}>
            {t("list.print.back")}
          </Button>
        </div>
      </div>
      {/* Paper is white, whatever the screen is. */}
      <FluentProvider theme={teamsLightTheme} className={print.paper}>
        {layout === "pocket" ? (
          <Pocket data={data} entries={entries} />
        ) : (
          <PrintTable data={data} entries={entries} columns={shownColumns(data)} />
        )}
      </FluentProvider>
    </main>
  );
}

// useEntriesToPrint are the chosen patients, or all, in the order and with the
// filter that the person keeps.
function useEntriesToPrint(data: ListView): Entry[] {
  const t = useT();
  return useMemo(() => {
    const chosen = new Set(readChoice(data.list.id));
    const view = chosen.size > 0 ? { ...data.view, filter: {} } : data.view;
    const byId = new Map(data.entries.map((e) => [e.id, e]));
    return arrange(data, indexMarks(data.marks), view, t.locale).lines.flatMap((line) => {
      const entry = line.kind === "entry" ? byId.get(line.id) : undefined;
      return entry && (chosen.size === 0 || chosen.has(entry.id)) ? [entry] : [];
    });
  }, [data, t]);
}

// usePrint records the print before the browser is asked to print.
function usePrint(data: ListView, layout: Layout, purpose: ReturnType<typeof usePurpose>) {
  const t = useT();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await api.printList({
        list: data.list.id,
        layout,
        ...(purpose.needed ? { purpose: purpose.purpose.trim() } : {}),
      });
      purpose.said();
      window.print();
    } catch (error) {
      toast({ text: t("list.print.failed", { why: reasonText(t, error) }), tone: "failed" });
    } finally {
      setBusy(false);
    }
  };
  return { run, busy };
}

// pageRules are the rules of a page: which way round it is, and its number. The
// paper's size is the printer's, A4 or Letter.
export function pageRules(layout: Layout, number: (page: string, pages: string) => string): string {
  const size = layout === "pocket" ? "portrait" : "landscape";
  const text = JSON.stringify(number("{p}", "{n}"))
    .replace("{p}", '" counter(page) "')
    .replace("{n}", '" counter(pages) "');
  return `@page { size: ${size}; margin: 9mm 8mm 12mm; @bottom-right { content: ${text}; font: 8pt sans-serif; } }`;
}

function usePageRules(layout: Layout): void {
  const t = useT();
  useEffect(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(pageRules(layout, (page, pages) => t("list.print.page", { page, pages })));
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== sheet);
    };
  }, [layout, t]);
}
