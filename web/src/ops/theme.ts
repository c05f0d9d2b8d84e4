// Light or dark: as the system has it, unless the person chose.

import { storage } from "../device";

export type Theme = "system" | "light" | "dark";

const KEY = "ops-theme";

export function storedTheme(): Theme {
  const stored = storage.get(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  storage.set(KEY, theme);
}
