import { afterEach, expect, it } from "vitest";
import { nonceOf } from "./nonce";

afterEach(() => document.head.replaceChildren());

it("is the page's, wherever it stands", () => {
  expect(nonceOf(document)).toBeUndefined();
  const script = document.createElement("script");
  script.nonce = "from-script";
  script.setAttribute("nonce", "from-script");
  document.head.append(script);
  expect(nonceOf(document)).toBe("from-script");
  const meta = document.createElement("meta");
  meta.setAttribute("property", "csp-nonce");
  meta.setAttribute("nonce", "from-meta");
  document.head.append(meta);
  expect(nonceOf(document)).toBe("from-meta");
});
