/* Lists without waiting: a decision shows on its line at once, and the line tells how it really ended.
   Without this script the same buttons send the same forms. */
"use strict";
(() => {
  const main = document.getElementById("main");
  const table = () => document.querySelector(".bo-list tbody");
  const boxes = () => [...document.querySelectorAll(".bo-list [name=rowid]")];
  const ticked = () => boxes().filter((box) => box.checked);
  if (!main || !table()) return;

  let last = null; // the box that was ticked last, where a range begins
  let running = 0; // decisions that wait for their answer
  let round = 0; // which look at the list is the newest
  const plainly = new WeakSet(); // buttons whose form shall be sent as without a script

  // Ticking.

  function count() {
    const all = boxes();
    const chosen = ticked().length;
    for (const text of document.querySelectorAll("[data-ticked]")) {
      text.textContent = _n("%(num)s ticked", "%(num)s ticked", chosen);
    }
    const toggle = document.querySelector(".action-rowtoggle");
    if (!toggle) return;
    toggle.hidden = all.length === 0;
    toggle.checked = chosen > 0 && chosen === all.length;
    toggle.indeterminate = chosen > 0 && chosen < all.length;
  }

  function tick(chosen, state) {
    for (const box of chosen) box.checked = state;
    count();
  }

  document.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches?.(".bo-list [name=rowid]")) return;
    if (event.shiftKey && last?.isConnected && last !== box) {
      const all = boxes();
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
      tick(all.slice(from, to + 1), box.checked);
    }
    last = box;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches(".action-rowtoggle")) tick(boxes(), event.target.checked);
    else if (event.target.matches("[name=rowid]")) count();
  });
  document.addEventListener("reset", (event) => {
    if (event.target.id === "action_form") setTimeout(count);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea") || !ticked().length) return;
    event.preventDefault();
    tick(boxes(), false);
  });

  // The word of a button that shows only its picture.

  function name(event) {
    const button = event.target.closest?.(".bo-list td:last-child > button");
    if (button && !button.dataset.word) button.dataset.word = button.textContent.trim();
  }
  document.addEventListener("pointerover", name);
  document.addEventListener("focusin", name);

  // Deciding.

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!["r", "action_form"].includes(event.target.id) || button?.name !== "action") return;
    if (plainly.delete(button)) return;
    // All that match is the work of a page, which says how many that are.
    if (event.target.id === "action_form" && event.target.elements.all?.checked) return;
    event.preventDefault();
    const own = button.closest(".bo-list tr");
    const rows = own ? [own] : ticked().map((box) => box.closest("tr"));
    if (rows.length && rows.every((row) => !("going" in row.dataset))) decide(event.target, button, rows);
  });

  async function decide(form, button, rows) {
    const data = new FormData(form, button);
    const address = button.hasAttribute("formaction") ? button.formAction : form.getAttribute("action");
    const ids = rows.map((row) => row.dataset.id);
    mark(ids, true);
    running += 1;
    const reply = await house.send(address, data);
    running -= 1;
    if (reply === null) {
      mark(ids, false);
      house.say(_("No answer from the server. Try it again."), "bad");
      return;
    }
    if (reply.status === 401) {
      mark(ids, false);
      return;
    }
    if (!reply.answer?.message) {
      // A page that asks for something, an ended session, a refusal in full: all of that is a page's work.
      mark(ids, false);
      plainly.add(button);
      form.requestSubmit(button);
      return;
    }
    const { message, done = [], undo = null } = reply.answer;
    for (const { id, status } of done) {
      const row = rowOf(id);
      const box = row?.querySelector("[name=rowid]");
      if (box) box.checked = false;
      if (row && status) row.dataset.status = status;
    }
    count();
    house.say(message, reply.ok ? "" : "bad", undo);
    const left = ids.filter((id) => !done.some((each) => String(each.id) === id));
    mark(left, false);
    if (running === 0) await look();
  }

  const rowOf = (id) => document.querySelector(`.bo-list tr[data-id="${CSS.escape(String(id))}"]`);

  function mark(ids, isGoing) {
    for (const id of ids) {
      const row = rowOf(id);
      if (!row) continue;
      if (isGoing) row.dataset.going = "";
      else delete row.dataset.going;
    }
  }

  // Looking again: lines, counts and pages as they are now, with the focus, the ticks and the place kept.

  async function look() {
    const mine = ++round;
    let page = null;
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (response.ok && !response.redirected) page = read(await response.text());
    } catch {
      // No answer: the lines stay as they are.
    }
    if (mine !== round || running > 0) return;
    if (!page?.getElementById("main")) {
      for (const row of document.querySelectorAll(".bo-list tr[data-going]")) delete row.dataset.going;
      return;
    }
    const place = placeNow();
    const chosen = new Set(ticked().map((box) => box.value));
    const from = [scrollX, scrollY];
    swap(page);
    tick(boxes().filter((box) => chosen.has(box.value)), true);
    last = null;
    back(place);
    scrollTo(...from);
    document.dispatchEvent(new CustomEvent("house:list"));
  }

  /** The page without its own style, which carries the mark of another answer and would be refused. */
  function read(text) {
    return new DOMParser().parseFromString(text.replace(/<style\b[^>]*>[^]*?<\/style>/gi, ""), "text/html");
  }

  function swap(page) {
    const lines = page.querySelector(".bo-list tbody");
    if (table() && lines) {
      table().replaceWith(document.adoptNode(lines));
      const seen = page.querySelector("[name=seen]")?.value;
      for (const field of document.querySelectorAll("[name=seen]")) if (seen) field.value = seen;
      for (const part of [".bo-tabs", ".bo-pager"]) {
        const [mine, fresh] = [main.querySelector(part), page.querySelector(`#main ${part}`)];
        if (mine && fresh && !mine.contains(document.activeElement)) mine.replaceWith(document.adoptNode(fresh));
      }
    } else {
      main.replaceChildren(...document.adoptNode(page.getElementById("main")).childNodes);
    }
    // What was left to be said once came with this page and would be lost with it.
    if (lines) for (const banner of page.querySelectorAll("#main > .bo-banner")) main.prepend(document.adoptNode(banner));
    for (const link of page.querySelectorAll(".bo-nav a[href]")) {
      const mine = document.querySelector(`.bo-nav a[href="${CSS.escape(link.getAttribute("href"))}"]`);
      const [old, fresh] = [mine?.querySelector(".bo-count"), link.querySelector(".bo-count")];
      if (mine && fresh && old) old.replaceWith(document.adoptNode(fresh));
      else if (mine && fresh) mine.append(document.adoptNode(fresh));
      else old?.remove();
    }
  }

  function placeNow() {
    const current = document.querySelector(".bo-list tr[data-current]");
    const focused = document.activeElement?.closest?.(".bo-list tbody tr") ?? null;
    const row = focused ?? current;
    if (!row) return null;
    const at = document.activeElement;
    return {
      id: row.dataset.id,
      index: [...row.parentElement.children].indexOf(row),
      isFocused: focused !== null,
      isCurrent: current !== null,
      control: !focused ? "a" : at.matches("button") ? `button[value="${CSS.escape(at.value)}"]` : at.matches("input") ? "[name=rowid]" : "a",
    };
  }

  function back(place) {
    if (!place) return;
    const rows = [...(table()?.children ?? [])];
    const row = rowOf(place.id) ?? rows[Math.min(place.index, rows.length - 1)];
    if (!row) {
      if (place.isFocused) main.focus({ preventScroll: true });
      return;
    }
    if (place.isCurrent) row.dataset.current = "";
    if (!place.isFocused) return;
    const target = row.querySelector(place.control) ?? row.querySelector("td:last-child > button") ?? row.querySelector("a");
    target?.focus({ preventScroll: true });
  }

  count();
})();
