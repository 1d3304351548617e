/* The boxes of an entry: placeholders go in where the caret is, marks show what could not be seen, and the server's
   checks answer while one types. Whatever is put in can be taken back with the browser's own Ctrl Z. */
"use strict";
(() => {
  if (!window.house?.i18n) return;
  const { boxes, form, root } = house.i18n;
  const AFTER = 350; // milliseconds after a change until it is checked
  const COPIED = /%\([^)\s]*\)[#0\- +]*[\d.*]*[a-zA-Z]|%[#0\-+]*[\d.*]*[sdifgreEGxXc](?![a-zA-Z])|%%|\{[A-Za-z_0-9][^{}\s]*\}|<\/?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]+|#\d+|#x[0-9a-fA-F]+);/g;
  const UNSEEN = /^ +| +$|  +|[\u00a0\u202f\u2007\u2009\u200b-\u200f\u2060\ufeff\u00ad\t]/g;
  let last = null; // the box one was in
  let asking = null;
  let waiting = 0;

  // Putting in.

  /** Types a text for the person, so that the browser can take it back. */
  function type(box, text, { all = false } = {}) {
    if (box.readOnly) return;
    box.focus({ preventScroll: true });
    if (all) box.select();
    if (!document.execCommand("insertText", false, text)) {
      box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  const present = () => (last?.isConnected ? last : boxes()[0]);

  function putIn(text, field = null) {
    const box = field ?? present();
    if (!box) return false;
    type(box, text);
    return true;
  }

  /** What can be put in, each once, in the order of its keys. */
  const placeholders = () => [...new Set([...(root().querySelectorAll(".bo-source:not(.bo-source--was) [data-put]"))].map((each) => each.dataset.put))];

  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("textarea[name^=msgstr-]")) last = event.target;
  });
  // The caret stays where it is while somebody presses a placeholder.
  document.addEventListener("mousedown", (event) => event.target.closest?.("[data-put]") && event.preventDefault());
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-put]");
    if (button) {
      const field = button.closest("[data-errors]");
      putIn(button.dataset.put, field ? boxes()[Number(field.dataset.errors)] : null);
      return;
    }
    const use = event.target.closest?.("a[data-use]");
    if (!use || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const texts = JSON.parse(use.dataset.use);
    // Of another number of forms the last is put in where there is none of its own.
    boxes().forEach((box, index) => type(box, texts[Math.min(index, texts.length - 1)] ?? "", { all: true }));
    boxes()[0]?.focus();
  });

  // Seeing.

  /** A ground behind the box with marks under its text: what is copied from the source, and spaces that count. */
  function ground(box) {
    let under = box.previousElementSibling;
    if (!under) {
      under = house.made("div", { className: "bo-input bo-i18n__ground", "aria-hidden": "true", lang: box.lang, dir: box.dir });
      box.before(under);
      box.addEventListener("scroll", () => {
        under.scrollTop = box.scrollTop;
      });
      new ResizeObserver(() => {
        under.style.height = `${box.offsetHeight}px`;
      }).observe(box);
    }
    const known = new Set(placeholders());
    under.replaceChildren(...marked(box.value, known), "\n");
    under.scrollTop = box.scrollTop;
  }

  function marked(text, known) {
    const found = [];
    for (const match of text.matchAll(COPIED)) found.push([match.index, match[0], known.has(match[0]) ? "ph" : "alien"]);
    for (const match of text.matchAll(UNSEEN)) found.push([match.index, match[0], "space"]);
    found.sort((one, two) => one[0] - two[0]);
    const parts = [];
    let at = 0;
    for (const [index, what, kind] of found) {
      if (index < at) continue;
      parts.push(text.slice(at, index), house.made("mark", { "data-mark": kind, textContent: what }));
      at = index + what.length;
    }
    return [...parts, text.slice(at)];
  }

  /** As many lines as the text has, so that nothing is hidden. */
  function grow(box) {
    if (CSS.supports("field-sizing", "content")) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  }

  function see() {
    for (const box of boxes()) {
      grow(box);
      ground(box);
    }
  }

  // Checking.

  async function check() {
    clearTimeout(waiting);
    const it = form();
    if (!it) return;
    asking?.abort();
    const mine = (asking = new AbortController());
    const data = new URLSearchParams(new FormData(it));
    let answer = null;
    try {
      const response = await fetch(it.dataset.check, { method: "POST", body: data, signal: mine.signal, headers: { "X-Requested-With": "fetch", Accept: "application/json" } });
      if (response.ok) answer = await response.json();
    } catch {
      return; // asked again meanwhile, or no answer: saving checks anyhow
    }
    if (!answer || mine !== asking || form() !== it) return;
    const page = new DOMParser().parseFromString(answer.html, "text/html");
    swap(it.querySelector("[data-checks]"), page.querySelector("[data-checks]"));
    for (const field of it.querySelectorAll("[data-errors]")) {
      const told = page.querySelector(`[data-errors="${field.dataset.errors}"]`);
      const box = boxes()[Number(field.dataset.errors)];
      const isWrong = Boolean(told?.firstElementChild);
      // A form that nobody has come to yet is not wrong: the list says that it is missing, and saving asks for it.
      if (isWrong && box && !box.value.trim() && !box.defaultValue.trim() && !it.querySelector("[role=alert]")) continue;
      swap(field, told);
      if (isWrong) box?.setAttribute("aria-invalid", "true");
      else box?.removeAttribute("aria-invalid");
    }
    it.querySelector("[data-seen]").value = answer.seen;
    it.dispatchEvent(new CustomEvent("i18n:checked", { bubbles: true }));
  }

  /** Puts what the server says where it belongs, if it is something else: what is read out is not read out twice. */
  function swap(here, told) {
    if (!here || !told || here.innerHTML.trim() === told.innerHTML.trim()) return;
    here.replaceChildren(...[...told.childNodes].map((each) => document.adoptNode(each)));
  }

  document.addEventListener("i18n:typed", () => {
    see();
    clearTimeout(waiting);
    waiting = setTimeout(check, AFTER);
  });
  document.addEventListener("i18n:shown", ({ detail }) => {
    asking?.abort();
    clearTimeout(waiting);
    if (!detail.isSame) last = null;
    see();
  });
  addEventListener("resize", see);
  house.i18n.putIn = putIn;
  house.i18n.placeholders = placeholders;
  see();
})();
