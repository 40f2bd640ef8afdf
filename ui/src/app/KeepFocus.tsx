import { useFocusFinders } from "@fluentui/react-components";

// KeepFocus keeps the manager of the focus alive between dialogs. When the last
// part that uses it goes while a dialog is open, it is taken down without
// showing the page again to screen readers: the page would stay aria-hidden.
export default function KeepFocus() {
  useFocusFinders();
  return null;
}
