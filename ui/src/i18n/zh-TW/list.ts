import type en from "../en/list";
import type { CatalogueLike } from "../message";

export default {} as const satisfies CatalogueLike<typeof en>;
