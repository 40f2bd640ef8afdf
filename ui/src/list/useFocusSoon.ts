export { useFocusSoon, useReturnFocus } from "../common/focus";
