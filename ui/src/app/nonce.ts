// nonceOf is the page's nonce, which styles made at run time must carry. The
// browser hides it from the markup, not from scripts.
export function nonceOf(doc: Document): string | undefined {
  const carrier =
    doc.querySelector<HTMLElement>('meta[property="csp-nonce"]') ??
    doc.querySelector<HTMLElement>("script[nonce]");
  return carrier?.nonce || carrier?.getAttribute("nonce") || undefined;
}
