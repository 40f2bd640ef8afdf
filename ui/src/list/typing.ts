import type { KeyboardEvent } from "react";

// isComposing tells a key that belongs to an input method, which is choosing
// signs: Enter takes the sign then, and does not send. Some browsers say so
// only by the key code 229.
export function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229;
}

// onTyping gives a key handler of an editor: Enter saves (with Shift it begins
// a new line), Escape gives up.
export function onTyping(save: () => void, cancel: () => void) {
  return (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      save();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      cancel();
    }
  };
}
