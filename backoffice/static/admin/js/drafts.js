/* Nothing typed is lost: what stands in a form is kept in this browser until the server has it. */
"use strict";
(() => {
  const AFTER = 2000; // milliseconds after a change
  const OLDEST = 30 * 24 * 3600 * 1000; // a draft nobody came back for
  const PREFIX = "bo-draft:";
  const SENT = "bo-draft-sent";
  const user = document.documentElement.dataset.user ?? "";
  const mine = `${PREFIX}${user}:`;

  const keys = () => {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(mine));
    } catch {
      return [];
    }
  };
  const read = (key) => {
    try {
      return JSON.parse(house.kept(key) ?? "null");
    } catch {
      return null;
    }
  };

  // Whoever signs out leaves nothing behind.
  let isOver = false;
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[action$='/auth/logout']")) return;
    isOver = true;
    for (const key of keys()) house.keep(key, null);
  });
  for (const key of keys()) if (!(Date.now() - (read(key)?.at ?? 0) < OLDEST)) house.keep(key, null);

  // The page after a form was sent: a sentence of success came with it only if the server has everything.
  let sent = null;
  try {
    sent = sessionStorage.getItem(SENT);
    sessionStorage.removeItem(SENT);
  } catch {
    // This browser keeps nothing.
  }
  if (sent?.startsWith(mine) && document.querySelector("#live .bo-toast")) house.keep(sent, null);

  for (const form of document.querySelectorAll("form[data-guard]")) guard(form);

  function guard(form) {
    // Records have a number in the address, files a path in the form.
    const id = new URLSearchParams(location.search).get("id") ?? form.elements.namedItem("path")?.value ?? "";
    const key = `${mine}${location.pathname}?id=${id}`;
    const version = () => form.elements.namedItem("version");
    const line = form.querySelector("[data-saved]");
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium", numberingSystem: "latn" });
    let waiting = 0;
    let isLeaving = false;

    const fields = () => [...form.elements].filter((field) => (
      field.name && !["hidden", "password", "file", "submit", "button", "reset"].includes(field.type) && field.tagName !== "FIELDSET" && field.tagName !== "BUTTON"
    ));
    const valueOf = (field) => {
      if (field.type === "checkbox" || field.type === "radio") return field.checked;
      if (field.multiple && field.options) return [...field.selectedOptions].map((option) => option.value);
      return field.value;
    };
    /** Each field by its name and which of that name it is. */
    const values = () => {
      const seen = new Map();
      return fields().map((field) => {
        const number = seen.get(field.name) ?? 0;
        seen.set(field.name, number + 1);
        return [field.name, number, valueOf(field)];
      });
    };
    const textOf = (given) => JSON.stringify(given);
    const atFirst = textOf(values());
    const isChanged = () => textOf(values()) !== atFirst;

    function put(field, value) {
      if (textOf(valueOf(field)) === textOf(value)) return;
      if (field.type === "checkbox" || field.type === "radio") field.checked = value === true;
      else if (Array.isArray(value)) for (const option of field.options ?? []) option.selected = value.includes(option.value);
      else field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function store() {
      clearTimeout(waiting);
      waiting = 0;
      if (isOver) return;
      if (!isChanged()) {
        house.keep(key, null);
        if (line) line.textContent = "";
        return;
      }
      const isKept = house.keep(key, JSON.stringify({ at: Date.now(), version: version()?.value ?? "", values: values() }));
      if (!line) return;
      line.textContent = isKept
        ? _("Kept in this browser at %(time)s", { time: time.format(new Date()) })
        : _("This browser keeps no drafts. Save from time to time.");
      if (isKept) line.setAttribute("aria-live", "off"); // once is enough to hear it
    }

    function changed() {
      banner?.remove();
      clearTimeout(waiting);
      waiting = setTimeout(store, AFTER);
    }
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);

    // What was kept the last time.

    let banner = null;
    const draft = read(key);
    // A page that merges has what was typed in it already.
    const isMerging = form.querySelector("#merge") !== null;
    if (draft?.values && !isMerging && textOf(draft.values) !== atFirst) offer(draft);
    else if (draft) house.keep(key, null);

    function offer({ at, version: old, values: given }) {
      const isOlder = old && version() && version().value !== old;
      const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", numberingSystem: "latn" }).format(new Date(at));
      const text = house.made("p", { className: "bo-banner__text" }, house.made("b", { textContent: _("What you typed on %(when)s was not saved.", { when }) }), " ");
      text.append(isOlder ? _("It was saved by somebody since; using yours, saving will ask you to compare.") : _("It is kept in this browser."));
      const use = house.made("button", { type: "button", className: "bo-btn", textContent: _("Use it") });
      const drop = house.made("button", { type: "button", className: "bo-btn bo-btn--quiet", textContent: _("Drop it") });
      banner = house.made("div", { className: "bo-banner", role: "status" }, house.icon("history"), text, use, drop);
      banner.dataset.tone = "info";
      drop.addEventListener("click", () => {
        house.keep(key, null);
        banner.remove();
        first()?.focus();
      });
      use.addEventListener("click", () => {
        banner.remove();
        restore(given);
        // Saved over what the person has not seen: the server compares by the version she began with.
        if (isOlder) version().value = old;
        first()?.focus();
        house.say(_("What you typed is back. Save it to keep it."));
      });
      (form.querySelector(".bo-head") ?? form.firstElementChild).after(banner);
    }

    const first = () => fields().find((field) => field.getClientRects().length);

    function restore(given) {
      const byPlace = new Map(given.map(([name, number, value]) => [`${name}\n${number}`, value]));
      const seen = new Map();
      for (const field of fields()) {
        const number = seen.get(field.name) ?? 0;
        seen.set(field.name, number + 1);
        const place = `${field.name}\n${number}`;
        if (byPlace.has(place)) put(field, byPlace.get(place));
      }
    }

    // Sending, leaving.

    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      isLeaving = true;
      store();
      try {
        sessionStorage.setItem(SENT, key);
      } catch {
        // The draft is offered once more then.
      }
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) isLeaving = false;
    });
    // It was not sent after all.
    form.addEventListener("house:stay", () => {
      isLeaving = false;
      try {
        sessionStorage.removeItem(SENT);
      } catch {
        // Nothing was kept there.
      }
    });
    addEventListener("pagehide", () => waiting && store());
    addEventListener("beforeunload", (event) => {
      if (isLeaving || isOver || !isChanged() || banner?.isConnected) return;
      store();
      event.preventDefault();
    });

    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.isComposing || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
      if (event.key !== "s" && !(event.code === "KeyS" && event.key.charCodeAt(0) > 127)) return;
      event.preventDefault();
      if (!event.repeat && !isLeaving) form.requestSubmit(form.querySelector("button[name=_save]"));
    });
    form.querySelector("button[name=_save]")?.setAttribute("aria-keyshortcuts", "Control+S");
  }
})();
