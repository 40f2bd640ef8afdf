import type { CatalogueLike } from "../message";
import common from "./common";
import list from "./list";
import patient from "./patient";
import setup from "./setup";

export default { ...common, ...setup, ...list, ...patient } satisfies CatalogueLike<
  typeof import("../en/index").default
>;
