/* The translators' workbench without waiting: an entry opens in place, saving opens the next one in the same answer,
   the list keeps its place, and what is typed is kept in this browser until the server has it. Without this script the
   same links open the same pages and the same buttons send the same forms.

   Other scripts use `house.i18n`: root(), form(), boxes(), visit(address), save(action); and the events
   `i18n:shown` (another entry, or the same one anew), `i18n:typed`. */
"use strict";
(() => {
  const root = () => document.querySelector("[data-i18n]");
  if (!root()) return;
  const form = () => document.getElementById("entry");
  const boxes = () => [...(form()?.querySelectorAll("textarea[name^=msgstr-]") ?? [])];
  const tell = (name, detail = {}) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const AFTER = 800; // milliseconds after a change until it is kept
  const user = document.documentElement.dataset.user ?? "";
  let number = 0; // of the question asked last: an older answer is not shown
  let busy = false; // something is being saved
  let leaving = false;

  // Showing.

  /** Puts a page of the server in place of this one. With `keeps` the form stays as it is, for something was typed. */
  function show({ html, title }, { keeps = false, focus = true } = {}) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.querySelector("[data-i18n]");
    if (!fresh) return false;
    const list = root().querySelector("[data-list]");
    const [top, before] = [list?.scrollTop ?? 0, form()];
    const isSame = fresh.dataset.eid === root().dataset.eid;
    const at = document.activeElement;
    const inSearch = at?.matches?.("input[type=search]") ? [at.selectionStart, at.selectionEnd] : null;
    document.adoptNode(fresh);
    for (const box of fresh.querySelectorAll("[autofocus]")) box.removeAttribute("autofocus");
    if (keeps && isSame && before) fresh.querySelector("#entry")?.replaceWith(before);
    root().replaceWith(fresh);
    document.title = title;
    const shown = root().querySelector("[data-list]");
    if (shown) {
      shown.scrollTop = top;
      const here = shown.querySelector("[aria-current]");
      if (here) nearest(shown, here);
    }
    tell("i18n:shown", { isSame });
    ready();
    const search = root().querySelector("input[type=search]");
    if (inSearch && search) {
      search.focus({ preventScroll: true });
      search.setSelectionRange(...inSearch);
    } else if (focus && !(keeps && isSame)) {
      toBox();
    }
    return true;
  }

  /** Scrolls the list, never the page. */
  function nearest(list, row) {
    const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()];
    if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top;
    else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
  }

  /** The first box that is still empty, else the first; on a phone no keyboard jumps up. */
  function toBox() {
    const box = boxes().find((each) => !each.value.trim()) ?? boxes()[0];
    const main = document.getElementById("main");
    if (!box || box.readOnly || matchMedia("(pointer: coarse)").matches) {
      const start = root().querySelector(".bo-i18n__entry") ?? main;
      main.focus({ preventScroll: true });
      if (start.getBoundingClientRect().top < 0) start.scrollIntoView({ block: "start" });
      return;
    }
    box.focus({ preventScroll: true });
    box.setSelectionRange(box.value.length, box.value.length);
    const { top, bottom } = box.getBoundingClientRect();
    if (top < 64 || bottom > innerHeight) box.scrollIntoView({ block: "center" });
  }

  async function visit(address, { push = true, focus = true, keeps = false } = {}) {
    store();
    number += 1;
    const mine = number;
    root().setAttribute("aria-busy", "true");
    let answer = null;
    try {
      const response = await house.ask(address, { cache: "no-store" });
      if (response.ok && (response.headers.get("Content-Type") ?? "").startsWith("application/json")) answer = await response.json();
      else if (response.status !== 401 && mine === number) {
        leaving = true;
        location.assign(address); // an error has a page of its own
        return false;
      }
    } catch {
      // No answer, see below.
    }
    if (mine !== number) return false;
    root().removeAttribute("aria-busy");
    if (!answer) {
      house.say(_("No answer from the server. Try it again."), "bad");
      return false;
    }
    if (push && answer.address !== location.pathname + location.search) {
      if (push === "over") history.replaceState({ i18n: true }, "", answer.address);
      else history.pushState({ i18n: true }, "", answer.address);
    }
    return show(answer, { focus, keeps });
  }

  addEventListener("popstate", () => root() && visit(location.pathname + location.search, { push: false }));

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[href]");
    if (!link || !root().contains(link) || link.dataset.use || link.target) return;
    const base = new URL(root().dataset.i18n, location.href).pathname;
    const to = new URL(link.href);
    const rest = to.pathname.startsWith(base) ? to.pathname.slice(base.length) : null;
    if (rest === null || !/^([0-9a-f]{16})?$/.test(rest)) return;
    event.preventDefault();
    if (link.dataset.take === "theirs") forget();
    visit(to.pathname + to.search);
  });

  let searching = 0;
  document.addEventListener("input", (event) => {
    const search = event.target.closest?.("[data-search]");
    if (!search || event.isComposing) return;
    clearTimeout(searching);
    searching = setTimeout(() => look(search), 300);
  });
  function look(search) {
    clearTimeout(searching);
    const query = new URLSearchParams(new FormData(search));
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    visit(`${root().dataset.i18n}?${query}`, { push: "over", focus: false, keeps: true });
  }

  // Sending.

  /** What stands in the form, with the button pressed. */
  function fields(action) {
    const data = new FormData(form());
    if (action) data.set("action", action);
    return data;
  }

  async function save(action) {
    const it = form();
    const button = it && [...it.elements].find((each) => each.name === "action" && each.value === action);
    if (!it || busy || (!button && action !== "stay")) return false;
    busy = true;
    store();
    const key = keyOf(it.dataset.entry);
    button?.setAttribute("aria-busy", "true");
    const sent = valuesOf();
    number += 1;
    const reply = await house.send(it.getAttribute("action"), fields(action));
    busy = false;
    button?.removeAttribute("aria-busy");
    const answer = reply?.answer;
    if (reply?.ok && answer?.html) {
      house.keep(key, null);
      house.say(answer.message, "", answer.undo ?? null);
      if (form() !== it) return true; // she went elsewhere meanwhile, and stays there
      // What was typed while it was on its way belongs to the entry it was typed into.
      if (textOf(valuesOf()) !== textOf(sent)) store();
      if (answer.address !== location.pathname + location.search) history.pushState({ i18n: true }, "", answer.address);
      show(answer);
      return true;
    }
    if (answer?.html && form() === it) {
      const typed = textOf(valuesOf()) !== textOf(sent) ? valuesOf() : null;
      show(answer, { focus: !answer.conflict });
      if (typed && !answer.conflict) put(typed);
      // What is wrong stands in the page as an alert, which is read out.
      root().querySelector("[data-conflict], #entry > [role=alert]")?.scrollIntoView({ block: "nearest" });
      return false;
    }
    if (!reply) house.say(_("No answer from the server. What you typed is kept in this browser."), "bad");
    else if (reply.status !== 401) house.say(answer?.message ?? answer?.error ?? _("That did not work. Load the page again."), "bad");
    return false;
  }

  /** A form beside the entry: what was done is said, and the page shows it; what is being typed stays. */
  async function small(it, button) {
    if (it.id === "dismiss") for (const box of boxes()) it.elements.namedItem(box.name).value = box.value;
    const whole = it.dataset.small === "whole";
    button?.setAttribute("aria-busy", "true");
    const reply = await house.send(it.getAttribute("action"), new FormData(it, button));
    button?.removeAttribute("aria-busy");
    if (!reply) house.say(_("No answer from the server. Try it again."), "bad");
    else if (reply.status !== 401) house.say(reply.answer?.message ?? reply.answer?.error ?? _("That did not work. Load the page again."), reply.ok ? "" : "bad", reply.answer?.undo ?? null);
    if (!reply?.ok) return;
    const keeps = !whole && isChanged();
    await visit(location.pathname + location.search, { push: false, keeps, focus: whole });
    if (it.id === "dismiss") tell("i18n:typed");
  }

  /** Takes back what was saved last, and shows the string that this was about no differently than it is. */
  async function undo(it, button) {
    const reply = await house.send(it.getAttribute("action"), new FormData(it, button));
    it.closest(".bo-toast")?.remove();
    house.say(reply?.answer?.message ?? _("That did not work. Load the page again."), reply?.ok ? "" : "bad", reply?.answer?.undo ?? null);
    if (reply?.ok) await visit(location.pathname + location.search, { push: false, keeps: isChanged(), focus: false });
  }

  document.addEventListener("submit", (event) => {
    const it = event.target;
    if (!event.defaultPrevented && it.matches("#live form[data-undo]")) {
      event.preventDefault();
      undo(it, event.submitter);
      return;
    }
    if (event.defaultPrevented || !root().contains(it)) return;
    if (it.id === "entry" && event.submitter?.name === "action") {
      event.preventDefault();
      save(event.submitter.value);
    } else if ("small" in it.dataset) {
      event.preventDefault();
      small(it, event.submitter);
    } else if ("search" in it.dataset) {
      event.preventDefault();
      look(it);
    } else if (it.getAttribute("method") === "post") {
      leaving = true;
    }
  });

  // Nothing typed is lost.

  const keyOf = (eid) => `bo-draft:${user}:${root().dataset.i18n}${eid}`;
  const names = () => [...(form()?.querySelectorAll("textarea[name]") ?? [])];
  const valuesOf = () => names().map((each) => [each.name, each.value]);
  const textOf = (values) => JSON.stringify(values);
  let atFirst = "";
  let waiting = 0;
  const isChanged = () => form() !== null && textOf(valuesOf()) !== atFirst;

  function store() {
    clearTimeout(waiting);
    waiting = 0;
    const it = form();
    if (!it || it.closest(".bo-i18n__entry").querySelector("[data-conflict]")) return;
    const key = keyOf(it.dataset.entry);
    if (!isChanged()) {
      if (!it.querySelector("[data-offer]")) house.keep(key, null);
      return;
    }
    const isKept = house.keep(key, JSON.stringify({ at: Date.now(), mark: it.dataset.mark, values: valuesOf() }));
    const line = it.querySelector("[data-kept]");
    if (!line) return;
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short", numberingSystem: "latn" });
    line.replaceChildren(house.icon(isKept ? "check" : "alert"), isKept
      ? _("Draft kept at %(time)s", { time: time.format(new Date()) })
      : _("This browser keeps no drafts. Save from time to time."));
    line.setAttribute("aria-live", "off"); // once is enough to hear it
  }

  function forget() {
    const it = form();
    if (!it) return;
    clearTimeout(waiting);
    waiting = 0;
    house.keep(keyOf(it.dataset.entry), null);
    atFirst = textOf(valuesOf());
  }

  function draftOf(eid) {
    try {
      return JSON.parse(house.kept(keyOf(eid)) ?? "null");
    } catch {
      return null;
    }
  }

  function put(values) {
    const byName = new Map(values);
    for (const each of names()) if (byName.has(each.name)) each.value = byName.get(each.name);
    tell("i18n:typed");
  }

  /** What was typed here before and never saved is back at once, with a way to drop it. */
  function offer() {
    const it = form();
    const draft = it && draftOf(it.dataset.entry);
    if (!draft?.values || it.querySelector("[data-offer]") || root().querySelector("[data-conflict]")) return;
    if (textOf(draft.values) === textOf(valuesOf())) {
      house.keep(keyOf(it.dataset.entry), null);
      return;
    }
    if (isTyped(it)) return;
    const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", numberingSystem: "latn" }).format(new Date(draft.at));
    const isOlder = draft.mark !== it.dataset.mark;
    const base = it.elements.namedItem("base");
    const saved = [valuesOf(), base.value];
    put(draft.values);
    // Written over what this person has not seen: the server compares with the version she began with.
    if (isOlder) base.value = draft.mark;
    const drop = house.made("button", { type: "button", className: "bo-btn bo-btn--quiet", textContent: _("Drop it") });
    const text = house.made("p", { className: "bo-banner__text" }, isOlder
      ? _("What you typed on %(when)s was not saved, and the string was changed since. Saving will show both.", { when })
      : _("What you typed on %(when)s was not saved. It is back.", { when }));
    const banner = house.made("div", { className: "bo-banner", "data-offer": "" }, house.icon("history"), text, drop);
    banner.dataset.tone = "info";
    drop.addEventListener("click", () => {
      banner.remove();
      put(saved[0]);
      base.value = saved[1];
      forget();
      toBox();
    });
    it.prepend(banner);
  }

  /** Whether the server itself gave back what was typed, as it does with what it refused. */
  const isTyped = (it) => it.querySelector("[role=alert]") !== null;

  function mark() {
    for (const row of root().querySelectorAll("[data-list] > li")) {
      if (!house.kept(keyOf(row.dataset.id)) || row.querySelector("[data-draft]")) continue;
      row.querySelector("small").append(house.made("em", { "data-draft": "", textContent: ` ${_("draft")}` }));
    }
  }

  document.addEventListener("input", (event) => {
    if (!form()?.contains(event.target) || !event.target.name) return;
    clearTimeout(waiting);
    waiting = setTimeout(store, AFTER);
    if (event.target.name.startsWith("msgstr-")) tell("i18n:typed");
  });
  addEventListener("pagehide", () => waiting && store());
  addEventListener("pageshow", (event) => {
    if (event.persisted) leaving = false;
  });
  addEventListener("beforeunload", (event) => {
    if (leaving || !isChanged()) return;
    store();
    event.preventDefault();
  });

  /** Once an entry is there. */
  function ready() {
    const it = form();
    // What the server refused differs from what is saved, and is a draft from the start.
    atFirst = it ? textOf(isTyped(it) ? [] : names().map((each) => [each.name, each.defaultValue])) : "";
    offer();
    mark();
    if (it && isTyped(it)) store();
    const row = root().querySelector("[data-list] [aria-current]");
    if (row) nearest(row.closest("[data-list]"), row);
  }

  window.house.i18n = { root, form, boxes, visit, save, isChanged, toBox };
  history.replaceState({ i18n: true }, "", location.href);
  ready();
  // After the browser has put the focus where the page asks for it.
  requestAnimationFrame(() => {
    if (document.activeElement === document.body || boxes().includes(document.activeElement)) toBox();
  });
})();
