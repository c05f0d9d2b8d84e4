// Languages of the questions, and the one that fits a browser's preference.

/** Codes of the languages that questions are worded in: the files of `data/i18n` (tested). */
export const LANGUAGES =
  "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fil fr ga gl he hi hr hu id is it ja ko lt lv mk mr ms nb nl pl pt pt_BR ro ru sk sl sq sr sv sw ta th tr uk ur vi zh zh_TW".split(
    " ",
  );

/** Codes of browsers for languages that have another code here. */
const OTHER_CODES: Record<string, string> = { no: "nb", nn: "nb", tl: "fil" };

/** The nearest of the languages to a browser's language tag, or null. */
export function nearestLanguage(wanted: string): string | null {
  const [language = "", region = ""] = wanted.replace("-", "_").split("_");
  const exact = `${language.toLowerCase()}_${region.toUpperCase()}`;
  if (LANGUAGES.includes(exact)) return exact;
  if (language === "zh" && /hant|tw|hk|mo/i.test(region)) return "zh_TW";
  const code = language.toLowerCase();
  const other = OTHER_CODES[code] ?? code;
  return LANGUAGES.includes(other) ? other : null;
}

/** The tag of a code, for `lang` attributes and `Intl`. */
export function languageTag(code: string): string {
  return code.replace("_", "-");
}

/** Name of the language in itself, or its code. */
export function languageName(code: string): string {
  const tag = languageTag(code);
  try {
    const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? code;
    return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
  } catch {
    return code;
  }
}
