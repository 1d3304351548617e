/* The desk without waiting: a decision leaves the queue at once and comes back if it was refused, the queue refills
   before it runs dry, and the next card takes the focus. Without this script the same buttons send the same forms. */
"use strict";
(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const queue = desk.querySelector("[data-cards]");
  const pages = document.querySelector("[data-pages]");
  const ADDRESS = desk.dataset.desk;
  const FEW = 8; // fewer cards than this, and the next ones are fetched
  const LINES = 3; // so many of the last decisions stay to be seen
  const MOVES = ["approve", "reject", "spam", "restore", "snooze", "wake", "delete"];
  const DIALOGS = ["reply", "edit", "ban", "warn", "hold", "note"];
  const status = desk.dataset.name;

  const cards = () => [...queue.querySelectorAll(":scope > .bo-item")];
  const shown = () => cards().filter((card) => !card.hidden);
  const card = (id) => queue.querySelector(`:scope > .bo-item[data-id="${CSS.escape(String(id))}"]`);
  const current = () => queue.querySelector(':scope > .bo-item[aria-current="true"]:not([hidden])');
  const token = () => document.querySelector("meta[name=csrf-token]").content;
  const tell = (name, detail = {}) => document.dispatchEvent(new CustomEvent(name, { detail }));
  let last = null; // what `undo` takes back: { batch, ids } or { wake: ids }
  let turn = 0; // decisions are numbered, so that `last` is the latest whichever answer comes first
  let latest = 0;
  const going = new Set(); // decisions that have no answer yet
  let after = desk.dataset.after;
  let fetching = false;
  let isSingle = "one" in desk.dataset;
  let isLost = false; // the focus waits at the page for a card to come

  // The card one is at.

  function come(to, { focus = true, scroll = true } = {}) {
    for (const each of cards()) {
      if (each === to) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
      each.tabIndex = each === to ? 0 : -1;
    }
    if (isSingle) for (const each of shown()) each.classList.toggle("bo-item--aside", each !== to);
    if (!to) return;
    name(to);
    isLost = false;
    if (focus && !to.contains(document.activeElement)) to.focus({ preventScroll: true });
    if (scroll) to.scrollIntoView({ block: "nearest" });
    tell("desk:at", { id: to.dataset.id });
  }

  /** The next card from here that nobody else has; where all are taken, simply the next. */
  function beside(from, by, skips = true) {
    const all = shown();
    if (!from) return by > 0 ? all.find((each) => !skips || !each.dataset.claimed) ?? all[0] : all.at(-1);
    const at = cards().indexOf(from);
    const rest = by > 0 ? cards().slice(at + 1) : cards().slice(0, at).reverse();
    const there = rest.filter((each) => !each.hidden);
    return there.find((each) => !skips || !each.dataset.claimed) ?? there[0] ?? null;
  }

  function step(by) {
    if (!shown().length) return false;
    const to = beside(current(), by);
    if (to) come(to);
    else if (by > 0) refill();
    return true;
  }

  queue.addEventListener("focusin", (event) => {
    const at = event.target.closest(".bo-item");
    if (at && at !== current()) come(at, { focus: false, scroll: false });
  });
  queue.addEventListener("click", (event) => {
    const at = event.target.closest(".bo-item");
    if (at && at !== current()) come(at, { focus: false, scroll: false });
  });

  function name(at) {
    for (const button of at.querySelectorAll("button[name=action]")) house.keys.name(button, button.dataset.ask ?? button.value);
    house.keys.name(at.querySelector("[data-claim-button]"), "claim");
    const tick = at.querySelector("input[name=rowid]");
    const key = house.keys.of("tick");
    if (key) tick?.setAttribute("aria-keyshortcuts", key);
    else tick?.removeAttribute("aria-keyshortcuts");
  }

  // Counts.

  const counter = (which) => document.querySelector(`.bo-tabs a[data-queue="${CSS.escape(which)}"] .bo-count`);
  const number = new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: "latn" });

  /** Changes the count of a tab by so many, as far as it is a plain number; the next look sets it right anyhow. */
  function bump(which, by) {
    const box = counter(which);
    if (!box || !/^\d{1,3}$/.test(box.textContent.trim())) return;
    box.textContent = number.format(Math.max(0, Number(box.textContent) + by));
  }

  const left = () => {
    const text = (counter(status)?.textContent ?? "").trim();
    return text ? _("%(num)s left.", { num: text }) : "";
  };

  // Deciding.

  /** The rows of a form for cards: the token, the action, and each card with the version that was looked at. */
  function fields(action, ids, more = {}) {
    const data = new URLSearchParams({ csrf_token: token(), action, url: location.pathname + location.search });
    for (const id of ids) data.append("rowid", id);
    if (ids.length === 1) data.set("version", card(ids[0])?.dataset.version ?? "");
    else data.set("versions", ids.map((id) => `${id}.${card(id)?.dataset.version ?? ""}`).join(","));
    for (const [key, value] of Object.entries(more)) data.set(key, value);
    return data;
  }

  /** Whether the focus is at the queue or nowhere, so that moving it takes nobody away from what she types. */
  const isHere = () => {
    const at = document.activeElement;
    return at === document.body || at.id === "main" || (queue.contains(at) && !at.closest("[data-panel]"));
  };

  /** With no card left the focus rests at the page, until there is one. */
  function rest() {
    document.getElementById("main").focus({ preventScroll: true });
    isLost = true;
  }

  /** Does something to cards that leave the queue with it. They are back at once if it was refused. */
  function decide(action, ids, more = {}) {
    const them = ids.map(card).filter((each) => each && !each.hidden && !("gone" in each.dataset));
    if (!them.length) return null;
    turn += 1;
    const work = decided(turn, action, them, more).finally(() => going.delete(work));
    going.add(work);
    return work;
  }

  async function decided(number, action, them, more) {
    const was = current();
    const to = them.includes(was) ? nextFrom(them) : was;
    const hasFocus = them.some((each) => each.contains(document.activeElement)) || document.activeElement === document.body;
    const data = fields(action, them.map((each) => each.dataset.id), more);
    for (const each of them) {
      each.hidden = true;
      bump(status, -1);
    }
    if (to !== was || hasFocus) come(to, { focus: hasFocus });
    if (!to && hasFocus) rest();
    refill();
    const reply = await house.send(`${ADDRESS}action/`, data);
    const { message = "", done = [], undo = null } = reply?.answer ?? {};
    const gone = new Set((reply?.ok ? done : []).map((each) => String(each.id)));
    for (const each of them) {
      if (gone.has(each.dataset.id)) {
        each.remove();
        card(each.dataset.id)?.remove(); // read again meanwhile
        continue;
      }
      each.hidden = false;
      bump(status, 1);
    }
    if (!reply) house.say(_("No answer from the server. Try it again."), "bad");
    else if (reply.ok) said(message, undo, action, [...gone], number);
    else if (reply.status !== 401) house.say(message || _("That did not work. Load the page again."), "bad");
    if (them.length > gone.size) come(them.find((each) => each.isConnected) ?? current(), { focus: isHere() });
    settle();
    tell("desk:changed");
  }

  function nextFrom(them) {
    const all = cards();
    const at = all.indexOf(them.at(-1));
    const free = (each) => !each.hidden && !them.includes(each);
    const ahead = all.slice(at + 1).filter(free);
    const behind = all.slice(0, at).filter(free).reverse();
    return ahead.find((each) => !each.dataset.claimed) ?? behind.find((each) => !each.dataset.claimed) ?? ahead[0] ?? behind[0] ?? null;
  }

  function said(message, batch, action, ids, number = (turn += 1)) {
    const what = batch ? { batch, ids } : action === "snooze" ? { wake: ids } : null;
    if (what && number >= latest) [last, latest] = [what, number];
    house.say(`${message} ${left()}`.trim(), "", batch);
    if (!what?.wake) return;
    const back = house.made("button", { type: "button", className: "bo-btn", textContent: _("Undo"), "data-wake": "" });
    back.addEventListener("click", () => {
      last = what;
      undo();
    });
    document.getElementById("live").lastElementChild.append(back);
  }

  /** Takes the last action back, whether its message is still there or not. */
  async function undo() {
    // What was decided a moment ago is what is meant, though its answer is still on the way.
    await Promise.allSettled([...going]);
    const what = last;
    if (!what) return;
    last = null;
    for (const toast of document.querySelectorAll(".bo-toast:has(form[data-undo], [data-wake])")) toast.remove();
    const reply = what.batch
      ? await house.send(document.getElementById("live").dataset.undo, new URLSearchParams({ csrf_token: token(), batch: what.batch }))
      : await house.send(`${ADDRESS}action/`, fields("wake", what.wake));
    house.say(reply?.answer?.message ?? _("That did not work. Load the page again."), reply?.ok ? "" : "bad", reply?.answer?.undo ?? null);
    if (reply?.answer?.undo) last = { batch: reply.answer.undo, ids: what.ids };
    else if (!reply || reply.status === 401) last = what;
    await again(what.ids ?? what.wake);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.matches("form[data-undo]") && button?.name === "batch") {
      event.preventDefault();
      if (last?.batch !== button.value) last = { batch: button.value };
      undo();
    } else if (form.id === "ticked" && button?.name === "action") {
      event.preventDefault();
      bulk(button.value);
    } else if (form.matches("[data-dispute]")) {
      event.preventDefault();
      dispute(form, button);
    } else if (form.matches(".bo-acts") && button?.name === "action") {
      event.preventDefault();
      const { id } = form.closest(".bo-item").dataset;
      if (button.dataset.ask) tell("desk:ask", { action: button.value, id });
      else press(button.value, id);
    }
  });

  /** What a button of a card does. */
  function press(action, id) {
    if (MOVES.includes(action)) return decide(action, [id], action === "reject" ? { last: "1" } : {});
    return tell("desk:ask", { action, id });
  }

  async function dispute(form, button) {
    const reply = await house.send(form.getAttribute("action"), new FormData(form, button));
    house.say(reply?.answer?.message ?? _("No answer from the server. Try it again."), reply?.ok ? "" : "bad", reply?.answer?.undo ?? null);
    if (!reply?.ok) return;
    last = reply.answer.undo ? { batch: reply.answer.undo } : last;
    const it = form.closest(".bo-item");
    form.replaceWith(house.made("span", { className: "bo-muted", textContent: button.value === "dispute" ? ` ${_("called wrong")}` : "" }));
    it?.focus({ preventScroll: true });
  }

  // Ticking.

  const ticks = () => shown().map((each) => each.querySelector("input[name=rowid]")).filter((box) => box.checked);

  function count() {
    for (const text of document.querySelectorAll("[data-ticked]")) text.textContent = _n("%(num)s ticked", "%(num)s ticked", ticks().length);
  }

  function bulk(action) {
    const ids = ticks().map((box) => box.value);
    if (!ids.length) return false;
    decide(action, ids, action === "reject" ? { last: "1" } : {});
    return true;
  }

  queue.addEventListener("change", count);
  document.addEventListener("reset", (event) => event.target.id === "ticked" && setTimeout(count));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || !ticks().length) return;
    if (event.target.matches("textarea, input:not([type=checkbox]), select") || event.target.closest("[data-panel]")) return;
    if (document.querySelector("dialog[open], .bo-drawer[data-open]")) return;
    for (const box of ticks()) box.checked = false;
    count();
  });

  // Fetching.

  const address = (more) => `${ADDRESS}cards/?${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(desk.dataset.query)), ...more })}`;

  /** Cards from an answer, as elements that are not in the page yet. */
  function read(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    return [...page.querySelectorAll(".bo-item")].map((each) => document.adoptNode(each));
  }

  async function get(more) {
    try {
      const response = await house.ask(address(more));
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  async function refill(isAsked = false) {
    if (fetching || (!isAsked && (!after || shown().length >= FEW))) return;
    fetching = true;
    const place = after || (isAsked ? desk.dataset.place : "");
    const answer = await get({ ...(place ? { after: place } : {}), but: cards().map((each) => each.dataset.id).join(",") });
    fetching = false;
    if (!answer) return;
    for (const each of read(answer.html)) if (!card(each.dataset.id)) queue.append(each);
    after = answer.after ?? "";
    desk.dataset.place = answer.place || desk.dataset.place;
    // At the end of the oldest first, what came meanwhile has been shown.
    if (isAsked || (!after && desk.dataset.order === "oldest")) desk.dataset.newest = answer.newest;
    settle();
    if (after && shown().length < FEW && answer.html.trim()) refill();
  }

  /** The queue from its beginning, with the ticks and the place kept where that can be, or at one of these cards. */
  async function again(ids = []) {
    const answer = await get({});
    if (!answer) return;
    const chosen = new Set(ticks().map((box) => box.value));
    const at = current()?.dataset.id;
    const open = cards().filter((each) => each.querySelector("[data-panel]"));
    const hadFocus = isHere();
    const fresh = read(answer.html).filter((each) => !open.some((kept) => kept.dataset.id === each.dataset.id));
    for (const each of cards()) if (!open.includes(each)) each.remove();
    queue.append(...fresh);
    after = answer.after ?? "";
    desk.dataset.place = answer.place;
    desk.dataset.newest = answer.newest;
    for (const id of chosen) {
      const box = card(id)?.querySelector("input[name=rowid]");
      if (box) box.checked = true;
    }
    settle();
    // Whoever has opened a form meanwhile stays at its card.
    const isTyping = document.activeElement.closest("[data-panel]");
    const to = (isTyping && current()) || (ids.map(card).find(Boolean) ?? card(at) ?? beside(null, 1));
    come(to, { focus: hadFocus });
    if (!to && hadFocus) rest();
    tell("desk:changed");
  }

  function settle() {
    count();
    empty();
    if (pages) pages.hidden = true;
    if (!current() && shown().length) come(beside(null, 1), { focus: isLost && document.activeElement.id === "main", scroll: false });
    else if (isSingle) come(current(), { focus: false, scroll: false });
  }

  function empty() {
    const box = queue.querySelector("[data-empty]");
    if (shown().length || after || fetching) box?.remove();
    else if (!box) {
      queue.append(house.made("div", { className: "bo-empty", "data-empty": "" }, house.icon("approved"),
        house.made("h2", { textContent: _("Nothing here") }), house.made("p", { textContent: desk.dataset.nothing })));
    }
  }

  // One at a time.

  function single() {
    isSingle = !isSingle;
    desk.toggleAttribute("data-one", isSingle);
    document.querySelector("[data-single]")?.setAttribute("aria-pressed", String(isSingle));
    for (const each of cards()) each.classList.toggle("bo-item--aside", isSingle && each !== current());
    if (isSingle && shown().length < 2) refill(true);
    come(current() ?? beside(null, 1));
    return true;
  }
  document.querySelector("[data-single]")?.addEventListener("click", (event) => {
    event.preventDefault();
    single();
  });

  window.house.desk = { ADDRESS, DIALOGS, again, bulk, bump, card, cards, come, count, current, decide, fields, isHere, name, press, read, refill, rest,
    said, shown, single, step, tell, token, undo, after: () => after, turns: () => turn, isBusy: () => going.size > 0, canUndo: () => last !== null || going.size > 0,
    remember: (batch, ids) => { if (batch) [last, latest] = [{ batch, ids }, (turn += 1)]; } };
  queue.querySelector("[data-empty]")?.remove();
  settle();
})();
