// The dashboard of operators.

import "./ops.css";

import { createRoot } from "react-dom/client";

import { App } from "./App";
import { applyTheme, storedTheme } from "./theme";

applyTheme(storedTheme());
const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
