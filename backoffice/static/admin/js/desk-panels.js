/* What opens at the desk: the form of an action inside its card, and the drawer with the person or the talk.
   Both are the forms and pages that the server gives without scripts, put where one is. */
"use strict";
(() => {
  if (!window.house?.desk) return;
  const { ADDRESS, card, come, current, fields, token } = house.desk;
  const desk = document.querySelector("[data-desk]");
  const typed = new Map(); // what was typed into panels that were closed
  const DECISIONS = ["approve", "reject", "spam", "restore"];
  let drawer = null;
  let from = null; // what opened the drawer

  /** A form of the server for a script: markup or JSON, after signing in again where that is needed. */
  async function post(data) {
    const send = () => fetch(`${ADDRESS}action/`, { method: "POST", body: data, headers: { "X-Requested-With": "fetch", Accept: "application/json, text/html" } });
    try {
      let response = await send();
      if (response.status === 401 && (await house.signedIn())) {
        data.set("csrf_token", token());
        response = await send();
      }
      const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
      return { status: response.status, ok: response.ok, answer: isJson ? await response.json() : null, html: isJson ? "" : await response.text() };
    } catch {
      return null;
    }
  }

  // Panels.

  const key = (id, action) => `${action} ${id}`;

  async function ask(action, id) {
    const it = card(id);
    if (!it || "gone" in it.dataset) return;
    close(it);
    const reply = await post(fields(action, [id], { ask: "1" }));
    if (!reply || !reply.html) {
      house.say(reply?.answer?.message ?? _("No answer from the server. Try it again."), "bad");
      return;
    }
    const there = card(id); // read again meanwhile, or gone
    if (!there) return;
    if (!show(there, action, reply.html)) house.say(_("That is not for you to do, or not to this one."), "bad");
    else document.dispatchEvent(new CustomEvent("desk:hold", { detail: { id } }));
  }

  /** Puts the form of a page into the card; whether there was one. */
  function show(it, action, html) {
    const page = new DOMParser().parseFromString(html.replace(/<style\b[^>]*>[^]*?<\/style>/gi, ""), "text/html");
    const form = page.querySelector("#main form .bo-form");
    const button = page.querySelector("#main form .bo-savebar button[name=action]");
    if (!form || !button) return false;
    it.querySelector("[data-panel]")?.remove();
    const go = house.made("button", { className: "bo-btn bo-btn--primary", name: "action", value: action });
    const isWaiting = it.dataset.status === "pending";
    go.textContent = action === "reply" && isWaiting ? _("Approve and reply") : button.textContent.trim();
    const leave = house.made("button", { type: "button", className: "bo-btn bo-btn--quiet", textContent: _("Leave") });
    const panel = house.made("form", { className: "bo-panelbox bo-stack", "data-panel": action, "aria-label": go.textContent },
      ...document.adoptNode(form).childNodes, house.made("p", { className: "bo-row" }, go, leave));
    leave.addEventListener("click", () => close(it, true));
    it.querySelector(".bo-acts").before(panel);
    for (const [name, value] of typed.get(key(it.dataset.id, action)) ?? []) {
      const field = panel.elements.namedItem(name);
      if (field && "value" in field && !["radio", "checkbox"].includes(field.type)) field.value = value;
    }
    number(panel);
    panel.scrollIntoView({ block: "nearest" });
    const first = panel.querySelector("[aria-invalid=true]") ?? panel.querySelector("[data-choice]")
      ?? (action === "edit" ? panel.querySelector("textarea") : null) ?? panel.querySelector("textarea, select, input:not([type=hidden])");
    first?.focus();
    if (first?.matches("textarea")) first.setSelectionRange(first.value.length, first.value.length);
    return true;
  }

  /** The reasons as buttons with their digits, in place of a list that has to be opened first. */
  function number(panel) {
    const list = panel.querySelector("select[name=reason_id]");
    if (!list || panel.querySelector("[aria-invalid=true]")) return;
    const box = house.made("div", { className: "bo-choices", role: "group", "aria-label": list.labels[0]?.textContent.trim() ?? "" });
    [...list.options].filter((option) => option.value).forEach((option, at) => {
      const digit = at < 9 ? house.made("kbd", { className: "bo-key", "aria-hidden": "true", textContent: String(at + 1) }) : null;
      const button = house.made("button", { type: "button", className: "bo-btn", "data-choice": option.value, ...(at < 9 ? { "aria-keyshortcuts": String(at + 1) } : {}) },
        ...(digit ? [digit, " "] : []), house.made("span", { textContent: option.textContent, dir: "auto" }));
      button.addEventListener("click", () => {
        list.value = option.value;
        panel.requestSubmit();
      });
      box.append(button);
    });
    if (box.children.length) list.closest(".bo-field")?.replaceChildren(...list.labels, box, list);
    if (box.children.length) list.hidden = true;
  }

  function close(it, isBack = false) {
    const panel = it.querySelector("[data-panel]");
    if (!panel) return;
    const data = [...new FormData(panel)].filter(([, value]) => typeof value === "string" && value.trim());
    if (data.length) typed.set(key(it.dataset.id, panel.dataset.panel), data);
    panel.remove();
    document.dispatchEvent(new CustomEvent("desk:leave", { detail: { id: it.dataset.id } }));
    if (isBack) it.focus({ preventScroll: true });
  }

  document.addEventListener("desk:ask", ({ detail }) => ask(detail.action, detail.id));

  document.addEventListener("submit", async (event) => {
    const panel = event.target;
    if (!panel.matches("[data-panel]")) return;
    event.preventDefault();
    // Buttons stay enabled meanwhile, for a disabled one would lose the focus.
    if (panel.ariaBusy === "true") return;
    panel.ariaBusy = "true";
    const it = panel.closest(".bo-item");
    const action = panel.dataset.panel;
    const data = fields(action, [it.dataset.id]);
    for (const [name, value] of new FormData(panel)) data.append(name, value);
    const reply = await post(data);
    panel.ariaBusy = null;
    if (!reply) return house.say(_("No answer from the server. What you typed is kept; try it again."), "bad");
    if (reply.html) return show(it, action, reply.html);
    if (!reply.ok) return house.say(`${reply.answer?.message ?? ""} ${_("What you typed is kept.")}`.trim(), "bad");
    typed.delete(key(it.dataset.id, action));
    return done(it, action, reply.answer);
  });

  async function done(it, action, { message, done: rows = [], undo = null }) {
    const row = rows.find((each) => String(each.id) === it.dataset.id);
    const hasLeft = action === "snooze" || (row && row.status && row.status !== it.dataset.status);
    it.querySelector("[data-panel]")?.remove();
    house.desk.said(message, undo, action, [it.dataset.id]);
    if (hasLeft) {
      const next = it.nextElementSibling?.matches(".bo-item:not([hidden])") ? it.nextElementSibling : house.desk.shown().find((each) => each !== it);
      house.desk.bump(desk.dataset.name, -1);
      it.remove();
      come(next ?? null);
      if (!next) house.desk.rest();
      house.desk.refill();
    } else {
      const response = await house.ask(`${ADDRESS}card/${it.dataset.id}`);
      const [fresh] = response.ok ? house.desk.read((await response.json()).html) : [];
      if (fresh) {
        it.replaceWith(fresh);
        come(fresh);
        document.dispatchEvent(new CustomEvent("desk:leave", { detail: { id: it.dataset.id } }));
      }
    }
    document.dispatchEvent(new CustomEvent("desk:changed"));
  }

  /** Digits choose the reason, or what else is listed first, and send it. */
  document.addEventListener("keydown", (event) => {
    const panel = event.target.closest?.("[data-panel]");
    if (!panel || event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      close(panel.closest(".bo-item"), true);
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      panel.requestSubmit();
    } else if (/^[1-9]$/.test(event.key) && event.target.matches("[data-choice]")) {
      event.preventDefault();
      panel.querySelectorAll("[data-choice]")[Number(event.key) - 1]?.click();
    } else if (/^[1-9]$/.test(event.key) && event.target.matches("select, input[type=radio]") && !event.ctrlKey && !event.altKey) {
      const choices = event.target.matches("select") ? [...event.target.options].filter((option) => option.value) : [...panel.querySelectorAll(`input[name="${CSS.escape(event.target.name)}"]`)];
      const chosen = choices[Number(event.key) - 1];
      if (!chosen) return;
      event.preventDefault();
      if (chosen.matches("option")) event.target.value = chosen.value;
      else chosen.checked = true;
      panel.requestSubmit();
    }
  });
  addEventListener("beforeunload", (event) => {
    const isTyped = [...document.querySelectorAll("[data-panel] textarea")].some((field) => field.value !== field.defaultValue);
    if (isTyped) event.preventDefault();
  });

  // The drawer.

  async function open(link) {
    from = link;
    try {
      const response = await house.ask(link.href);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector(".bo-drawer");
      if (!response.ok || !fresh) throw new Error("no drawer");
      shut();
      drawer = document.adoptNode(fresh);
      drawer.dataset.open = "";
      drawer.tabIndex = -1;
      desk.append(drawer);
      drawer.querySelector(".bo-drawer__close")?.addEventListener("click", (event) => {
        event.preventDefault();
        shut(true);
      });
      drawer.focus({ preventScroll: true });
      if (link.hash) drawer.querySelector(link.hash)?.scrollIntoView({ block: "nearest" });
    } catch {
      location.assign(link.href);
    }
  }

  function shut(isBack = false) {
    drawer?.remove();
    drawer = null;
    if (!isBack) return;
    const to = from?.isConnected && from.getClientRects().length ? from : current();
    if (to) to.focus({ preventScroll: true });
    else house.desk.rest();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-drawer]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !drawer || event.isComposing || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    shut(true);
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!drawer?.contains(form) || event.defaultPrevented || form.method !== "post") return;
    event.preventDefault();
    const data = new URLSearchParams(new FormData(form, button));
    const link = from;
    if (DECISIONS.includes(button?.value) && card(data.get("rowid"))) {
      await house.desk.decide(button.value, [data.get("rowid")], { last: "1" });
      if (drawer) open(link);
      return;
    }
    const reply = await house.send(form.getAttribute("action"), data);
    if (!reply?.answer) {
      const id = data.get("rowid");
      if (button?.name === "action" && card(id)) {
        shut();
        come(card(id));
        ask(button.value, id);
      } else {
        form.submit();
      }
      return;
    }
    house.say(reply.answer.message, reply.ok ? "" : "bad", reply.answer.undo ?? null);
    if (reply.ok) {
      house.desk.remember(reply.answer.undo);
      document.dispatchEvent(new CustomEvent("desk:changed"));
      if (drawer) open(link);
    }
  });
})();
