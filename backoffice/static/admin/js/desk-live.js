/* The desk beside other desks: what colleagues decide and readers send shows within seconds, who looks at what is told,
   and nothing jumps. One question every few seconds, which costs next to nothing while nothing has changed. */
"use strict";
(() => {
  if (!window.house?.desk) return;
  const { ADDRESS, again, card, cards, come, current, isBusy, refill, rest, token, turns, after } = house.desk;
  const desk = document.querySelector("[data-desk]");
  const queue = desk.querySelector("[data-cards]");
  const OFTEN = 3000; // milliseconds between two questions while the page is seen
  const SELDOM = 30000; // and while it is not
  const LOOKING = 3000; // whoever stays so long at a card looks at it
  const LASTS = 6000; // a card that a colleague decided about stays so long
  const mine = new Set(cards().filter((each) => each.dataset.mine).map((each) => each.dataset.id)); // what this page has claimed
  let stamp = desk.dataset.stamp;
  let timer = 0;
  let looking = 0;
  let asking = false;
  let isOut = false; // the session has ended

  // Asking.

  function plan(soon = false) {
    clearTimeout(timer);
    timer = setTimeout(poll, soon ? 300 : document.hidden ? SELDOM : OFTEN);
  }

  function question() {
    const query = new URLSearchParams(desk.dataset.query);
    query.set("ids", cards().slice(0, 60).map((each) => `${each.dataset.id}.${each.dataset.version}`).join(","));
    query.set("newest", desk.dataset.newest);
    if (mine.size) query.set("held", [...mine].join(","));
    return `${ADDRESS}poll/?${query}`;
  }

  /** What nobody asked for opens no dialog to sign in. */
  const quietly = (address) => fetch(address, { headers: { Accept: "application/json", "X-Requested-With": "fetch" } });

  async function poll() {
    if (asking) return;
    asking = true;
    const began = isBusy() ? -1 : turns();
    try {
      const headers = { Accept: "application/json", "X-Requested-With": "fetch", "If-None-Match": `"${stamp}"` };
      const response = await fetch(question(), { headers, cache: "no-store" });
      if (response.status !== 401) isOut = false;
      if (response.status === 200) {
        const answer = await response.json();
        // What was counted before a decision would put the numbers back: it is asked again instead.
        if (began === turns()) {
          stamp = (response.headers.get("ETag") ?? "").replace(/\D/g, "");
          show(answer);
        }
      } else if (response.status === 401 && !isOut) {
        isOut = true; // told once; whoever decides is asked to sign in
        house.say(_("Your session has ended. Sign in again; what you typed is kept."), "bad");
      }
    } catch {
      // No answer: the next question comes anyhow.
    }
    asking = false;
    plan();
  }

  function show({ counts, title, lede, waiting, fresh, moved, claims }) {
    for (const [name, text] of Object.entries(counts)) {
      const box = document.querySelector(`.bo-tabs a[data-queue="${CSS.escape(name)}"] .bo-count`);
      if (box) box.textContent = text;
    }
    document.querySelector("[data-title]").textContent = title;
    document.querySelector("[data-lede]").textContent = lede;
    entitle(waiting);
    for (const each of moved) move(each);
    for (const each of cards()) claimed(each, claims[each.dataset.id]);
    offer(fresh);
  }

  function entitle(waiting) {
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (waiting) document.title = `(${waiting}) ${document.title}`;
  }

  /** What became of a card since it was shown. */
  function move({ id, status, version, said }) {
    const it = card(id);
    // An answer may be older than the card: a decision that was taken back meanwhile, or an edit of one's own.
    if (!it || it.hidden || "gone" in it.dataset || (version && version <= Number(it.dataset.version))) return;
    if (status === it.dataset.status) {
      fetchCard(it);
      return;
    }
    it.dataset.gone = "";
    if (status) it.dataset.status = status;
    for (const control of it.querySelectorAll("button, input")) control.disabled = true;
    it.querySelector(".bo-item__head").append(house.made("span", { className: "bo-chip", "data-status": status, textContent: said }));
    if (it === current()) house.say(said);
    setTimeout(() => leave(it), LASTS);
  }

  /** Takes a decided card away, but not from under somebody's hands. */
  function leave(it) {
    if (!it.isConnected) return;
    if (it.querySelector("[data-panel]")) {
      setTimeout(() => leave(it), LASTS);
      return;
    }
    const isHere = it === current();
    const hasFocus = it.contains(document.activeElement) || document.activeElement === document.body;
    const next = isHere ? cards().slice(cards().indexOf(it) + 1).find((each) => !each.hidden && !each.dataset.claimed) : null;
    it.remove();
    const to = next ?? cards().find((each) => !each.hidden) ?? null;
    if (isHere) come(to, { focus: hasFocus });
    if (isHere && !to && hasFocus) rest();
    refill();
  }

  async function fetchCard(it) {
    if (it.querySelector("[data-panel]")) return;
    try {
      const response = await quietly(`${ADDRESS}card/${it.dataset.id}`);
      if (!response.ok) return;
      const [fresh] = house.desk.read((await response.json()).html);
      if (!fresh || !it.isConnected) return;
      const [isHere, hasFocus, isTicked] = [it === current(), it.contains(document.activeElement), it.querySelector("input[name=rowid]").checked];
      it.replaceWith(fresh);
      fresh.querySelector("input[name=rowid]").checked = isTicked;
      if (isHere) come(fresh, { focus: hasFocus, scroll: false });
    } catch {
      // The card stays as it is; deciding on it is refused and told.
    }
  }

  // New ones.

  function offer(fresh) {
    let bar = desk.querySelector("[data-fresh]");
    const isUseful = fresh > 0 && (desk.dataset.order !== "oldest" || !after());
    if (!isUseful) {
      bar?.remove();
      return;
    }
    if (!bar) {
      bar = house.made("button", { type: "button", className: "bo-btn bo-newbar", "data-fresh": "" });
      bar.addEventListener("click", async () => {
        bar.remove();
        const before = new Set(cards().map((each) => each.dataset.id));
        if (desk.dataset.order === "oldest") await refill(true);
        else await again();
        const to = cards().find((each) => !before.has(each.dataset.id)) ?? current();
        come(to);
        if (!to) rest();
      });
      if (desk.dataset.order === "oldest") queue.after(bar);
      else queue.before(bar);
    }
    const most = 99;
    bar.replaceChildren(house.icon(desk.dataset.order === "oldest" ? "down" : "up-arrow"), fresh > most
      ? _("View more than %(num)s new comments", { num: most })
      : _n("View %(num)s new comment", "View %(num)s new comments", fresh));
  }

  // Claims.

  function chip(it, text) {
    const old = it.querySelector("[data-claim]");
    if (!text) {
      old?.remove();
      return;
    }
    if (old) {
      old.lastElementChild.textContent = text;
      return;
    }
    const made = house.made("span", { className: "bo-chip", "data-tone": "info", "data-claim": "" }, house.icon("eye"), house.made("span", { textContent: text }));
    it.querySelector(".bo-item__head > .bo-push").before(made);
  }

  function claimed(it, who) {
    const id = it.dataset.id;
    if (who) {
      if (mine.delete(id)) house.say(_("%(name)s has it now.", { name: who[0] }));
      it.dataset.claimed = who[1] ? "firm" : "look";
      delete it.dataset.mine;
      chip(it, who[1] ? _("%(name)s has it", { name: who[0] }) : _("%(name)s is looking", { name: who[0] }));
    } else {
      delete it.dataset.claimed;
      if (!mine.has(id)) chip(it, "");
    }
  }

  async function claim(id, more = {}, isQuiet = false) {
    const send = more.firm && !isQuiet ? house.send : house.post;
    const reply = await send(`${ADDRESS}claim/`, new URLSearchParams({ csrf_token: token(), rowid: id, ...more }));
    const it = card(id);
    if (!reply?.ok) {
      if (more.firm && !isQuiet) house.say(reply?.answer?.message ?? _("No answer from the server. Try it again."), "bad");
      return false;
    }
    if (more.release) {
      mine.delete(id);
      if (it) delete it.dataset.mine;
    } else {
      for (const each of mine) if (card(each)?.dataset.mine !== "firm") mine.delete(each);
      mine.add(id);
      if (it && it.dataset.mine !== "firm") it.dataset.mine = more.firm ? "firm" : "look";
      if (it && more.firm) delete it.dataset.claimed;
    }
    if (it) {
      chip(it, it.dataset.mine === "firm" ? _("You have it") : "");
      const button = it.querySelector("[data-claim-button]");
      const words = it.dataset.mine === "firm" ? _("Let go") : _("Claim");
      if (button) button.title = button.querySelector(".bo-sr").textContent = words;
    }
    if (reply.answer?.message && !isQuiet) house.say(reply.answer.message);
    return true;
  }

  /** The words that weighed most, once somebody is at the card. */
  async function weigh(it) {
    const box = it?.querySelector("[data-weights]");
    if (!box || "asked" in box.dataset) return;
    box.dataset.asked = "";
    try {
      const response = await quietly(`${ADDRESS}weights/${it.dataset.id}`);
      const { words = [] } = response.ok ? await response.json() : {};
      if (!words.length) return;
      box.textContent = `: ${words.join(", ")}`;
      box.hidden = false;
    } catch {
      // The drawer tells it as well.
    }
  }

  let weighs = 0;
  document.addEventListener("desk:at", ({ detail }) => {
    clearTimeout(looking);
    clearTimeout(weighs);
    weighs = setTimeout(() => weigh(card(detail.id)), 400);
    if (!mine.has(detail.id)) looking = setTimeout(() => !document.hidden && card(detail.id) === current() && claim(detail.id), LOOKING);
  });
  document.addEventListener("desk:claim", ({ detail }) => {
    const it = card(detail.id);
    if (it?.dataset.mine === "firm") claim(detail.id, { release: "1" });
    else if (it?.dataset.claimed && "lead" in desk.dataset) claim(detail.id, { firm: "1", over: "1" });
    else claim(detail.id, { firm: "1" });
  });
  // A form that is open holds its card, and lets it go when it closes; what was claimed on purpose stays.
  let holding = Promise.resolve();
  document.addEventListener("desk:hold", ({ detail }) => {
    const it = card(detail.id);
    if (!it || it.dataset.mine === "firm") return;
    it.dataset.held = "";
    holding = claim(detail.id, { firm: "1" }, true);
  });
  document.addEventListener("desk:leave", async ({ detail }) => {
    await holding;
    const it = card(detail.id);
    if (it?.querySelector("[data-panel]")) return;
    if (!it?.dataset.mine) mine.delete(detail.id); // done with, so the server has let it go
    if (!it || !("held" in it.dataset)) return;
    delete it.dataset.held;
    if (it.dataset.mine === "firm") claim(detail.id, { release: "1" }, true);
  });
  document.addEventListener("desk:changed", () => {
    for (const id of mine) if (!card(id)) mine.delete(id);
    plan(true);
  });
  queue.addEventListener("click", (event) => {
    const button = event.target.closest("[data-claim-button]");
    if (!button) return;
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("desk:claim", { detail: { id: button.closest(".bo-item").dataset.id } }));
  });
  entitle(Number(desk.dataset.waiting));
  document.addEventListener("visibilitychange", () => (document.hidden ? plan() : poll()));
  if (current()) document.dispatchEvent(new CustomEvent("desk:at", { detail: { id: current().dataset.id } }));
  plan();
})();
