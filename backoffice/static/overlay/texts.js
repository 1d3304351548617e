/* Finds the texts of the overlay on the page: marks where they stand, opens one by a click, and shows in the list which
   texts the scripts of this page have said. The page itself is not changed but for attributes. */
"use strict";
(() => {
  const panel = document.querySelector("[data-texts]");
  if (!panel) return;
  const root = document.documentElement;
  const spoken = (text) => text.replace(/\s+/g, " ").trim();
  const exact = new Map();
  const patterns = [];
  const rows = new Map();

  function learn(row) {
    rows.set(row.dataset.text, row);
    for (const form of JSON.parse(row.dataset.forms)) {
      const text = spoken(form);
      if (!text) continue;
      if (!/%\(\w+\)[sd]/.test(text)) {
        if (!exact.has(text)) exact.set(text.replace(/%%/g, "%"), row.dataset.text);
        continue;
      }
      const parts = text.split(/%\(\w+\)[sd]/);
      if (parts.join("").replace(/[^\p{L}]/gu, "").length < 3) continue;
      const said = parts.map((part) => part.replace(/%%/g, "%").replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      patterns.push([new RegExp(`^${said.join(".{0,200}?")}$`, "u"), row.dataset.text]);
    }
  }

  function named(text) {
    const said = spoken(text);
    if (!said || said.length > 2000) return undefined;
    return exact.get(said) ?? patterns.find(([pattern]) => pattern.test(said))?.[1];
  }

  function mark(element, text) {
    const key = text && named(text);
    if (!key || element.dataset.hasText) return;
    element.dataset.hasText = key;
  }

  function look() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) =>
      node === panel || ["SCRIPT", "STYLE", "TEXTAREA"].includes(node.nodeName) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) mark(node.parentElement, node.data);
      else if (!node.children.length || node.matches("a, button, input, select")) for (const name of ["aria-label", "title", "placeholder", "alt"]) mark(node, node.getAttribute(name));
    }
    for (const row of panel.querySelectorAll("[data-said]")) row.hidden = !(window._said?.has(row.dataset.said));
    const said = panel.querySelectorAll("[data-said]:not([hidden])").length;
    const group = panel.querySelector(".bo-texts__scripts");
    if (group) group.hidden = said === 0;
  }

  function pointAt(row, is) {
    for (const element of document.querySelectorAll(`[data-has-text="${CSS.escape(row.dataset.text)}"]`)) {
      element.toggleAttribute("data-is-pointed", is);
      if (is) element.scrollIntoView({ block: "nearest" });
    }
  }

  for (const row of panel.querySelectorAll("[data-text]")) learn(row);
  for (const row of rows.values()) {
    for (const [name, is] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]])
      row.addEventListener(name, () => pointAt(row, is));
  }
  const box = panel.querySelector("[data-mark]");
  box.closest("[data-needs-script]").hidden = false;
  box.addEventListener("change", () => {
    look();
    root.toggleAttribute("data-texts-marked", box.checked);
  });
  document.addEventListener("click", (event) => {
    if (!box.checked || event.target.closest("[data-texts]")) return;
    const row = rows.get(event.target.closest("[data-has-text]")?.dataset.hasText);
    if (!row) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    location.assign(row.querySelector("a").href);
  }, true);
  panel.querySelector("details").addEventListener("toggle", look);
  look();
})();
