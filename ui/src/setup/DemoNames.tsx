import { Button } from "@fluentui/react-components";
import { useSession } from "../common/session";
import { useShared } from "../common/shared";
import { useT } from "../i18n";

// names find sample patients that show something: two of one name, an
// apostrophe, a name in Chinese.
const names = ["Wilson", "Khan", "O'Brien", "陳"] as const;

// DemoNames proposes searches to who does not know the patients of the demo.
// Elsewhere it shows nothing.
export function DemoNames(props: { onPick: (name: string) => void }) {
  const t = useT();
  const shared = useShared();
  const { session } = useSession();
  if (!session.demo) return null;
  return (
    <div className={shared.row}>
      <span>{t("demo.try")}</span>
      {names.map((name) => (
        <Button key={name} size="small" onClick={() => props.onPick(name)}>
          {name}
        </Button>
      ))}
    </div>
  );
}
