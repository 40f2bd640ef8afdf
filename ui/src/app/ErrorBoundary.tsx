import { Button } from "@fluentui/react-components";
import { Component, type ReactNode } from "react";
import { useT } from "../i18n";

// ErrorBoundary shows a way on where a page has a fault of ours. What was
// typed is in the drafts.
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const t = useT();
  return (
    <main style={{ padding: "3rem 1.5rem", maxWidth: "40rem" }}>
      <h1>{t("app.error.title")}</h1>
      <p>{t("app.error.text")}</p>
      <Button appearance="primary" onClick={() => location.reload()}>
        {t("app.error.reload")}
      </Button>
    </main>
  );
}
