import { createRoot } from "react-dom/client";
import { loadT, pickLocale } from "../i18n";
import { App, makeClient } from "./App";
import { readFirst } from "./queries";
import { preload } from "./Routes";
import "./base.css";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no #root");

// What the first look needs is on its way already. It is waited for, but not for
// long: a page that is drawn once is there sooner than one that is drawn in parts.
const patience = 250;

async function show(root: HTMLElement): Promise<void> {
  const client = makeClient();
  const texts = loadT(pickLocale(undefined, navigator.languages));
  const look = Promise.all([preload(location.pathname), readFirst(client, location.pathname)]);
  await Promise.race([look, new Promise((resolve) => setTimeout(resolve, patience))]);
  createRoot(root).render(<App texts={await texts} client={client} />);
}

void show(root);
