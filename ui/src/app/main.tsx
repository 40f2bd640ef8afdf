import { createRoot } from "react-dom/client";
import { App } from "./App";
import { preload } from "./Routes";
import "./base.css";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no #root");
preload(location.pathname);
createRoot(root).render(<App />);
