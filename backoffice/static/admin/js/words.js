/* The words of scripts in the reader's language: `_("Saved.")`, `_("%(name)s saved it.", { name })` and, for every count,
   `_n("%(num)s line", "%(num)s lines", count)`. English is the source and needs no catalog. The result is text: put it
   into `textContent`, never into `innerHTML`. */
"use strict";
(() => {
  const language = document.documentElement.lang || "en";
  let words = {};
  const said = (window._said = new Set()); // English texts that were asked for, for the overlay of translators
  let forms = ""; // The form for 0 to 199; beyond, languages repeat themselves by the hundred.

  const fill = (text, values) =>
    text.replace(/%\((\w+)\)s|%%/g, (found, name) => (found === "%%" ? "%" : String(values[name] ?? found)));

  const formOf = (count) => Number(forms[count < 200 ? count : 100 + (count % 100)] ?? 0);

  const number = new Intl.NumberFormat(language, { numberingSystem: "latn" });

  /** The text in the reader's language, its placeholders filled. */
  window._ = (text, values = {}) => said.add(text) && fill(typeof words[text] === "string" ? words[text] : text, values);

  /** The form of the text that fits the count; %(num)s becomes the number as the reader writes it. */
  window._n = (one, many, count, values = {}) => {
    said.add(one);
    const found = words[one];
    const text = Array.isArray(found) ? found[formOf(Math.abs(Math.trunc(count)))] : count === 1 ? one : many;
    return fill(text, { num: number.format(count), ...values });
  };

  /** Called by the catalog of a language. */
  window._speak = (catalog) => {
    words = catalog.words;
    forms = catalog.forms;
  };
})();
