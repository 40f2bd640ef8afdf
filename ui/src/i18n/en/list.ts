import type { Message } from "../message";

export default {} as const satisfies Record<string, Message>;
