/* The keys of the back office. They are off while somebody types. Which key does what is the person's own: the page
   brings a map of actions and keys in `data-keymap`, and the list that `?` shows can switch them off in this browser.

   A page with more than a list tells what its actions do: house.keys.on({approve: () => true, ...}); true if it did
   something. house.keys.of(action) is the key, empty if there is none; house.keys.name(element, action) tells it. */
"use strict";
(() => {
  const SWITCH = "bo-keys";
  const SECOND = 1500; // milliseconds that `g` waits for its letter
  const MAP = JSON.parse(document.documentElement.dataset.keymap || "{}");
  /** What has a button in every line, and one for the ticked lines. */
  const DECISIONS = ["approve", "reject", "spam", "restore"];

  const all = (css, inside = document) => [...inside.querySelectorAll(css)];
  const rows = () => all(".bo-list tbody tr");
  const current = () => document.querySelector(".bo-list tbody tr[data-current]");
  const searchBox = () => document.querySelector("#main input[type=search]") ?? document.querySelector("input[type=search]");
  const isOn = () => house.kept(SWITCH) !== "off";
  const more = {}; // what the page says its actions do
  let went = 0; // when `g` was pressed

  // The line one is at.

  function come(row) {
    for (const each of all(".bo-list tr[data-current]")) if (each !== row) delete each.dataset.current;
    if (row) row.dataset.current = "";
    name(row);
  }

  function go(row) {
    if (!row) return;
    come(row);
    row.querySelector("td:nth-child(2) a, a")?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const lines = rows();
    const at = lines.indexOf(current());
    const next = lines[at < 0 ? (by > 0 ? 0 : lines.length - 1) : at + by];
    if (next) return go(next);
    // Beyond the last line lies the next page.
    const page = at < 0 ? null : document.querySelector(`.bo-pager a[rel=${by > 0 ? "next" : "prev"}]`);
    if (page) page.click();
    return undefined;
  }

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(".bo-list tbody tr");
    if (row) come(row);
  });

  function decide(action, isForTicked) {
    if (isForTicked) {
      const button = document.querySelector(`#action_form button[value=${action}]`);
      if (!button || !document.querySelector(".bo-list [name=rowid]:checked")) return false;
      button.click();
      return true;
    }
    const row = current();
    if (!row) {
      const button = rows().length ? null : document.querySelector(`#main form button[name=action][value=${action}]`);
      button?.click();
      return button !== null;
    }
    const button = row.querySelector(`button[value=${action}]`);
    if (!button || "going" in row.dataset) return false;
    // The next line is what one looks at while this one is on its way.
    const next = row.nextElementSibling ?? row.previousElementSibling;
    button.click();
    if (next && row.isConnected) go(next);
    return true;
  }

  // What each key does; true if it did something.

  const press = (element) => {
    element?.click();
    return Boolean(element);
  };
  const KEYS = {
    "/": () => {
      const box = searchBox();
      if (!box) return press(document.querySelector("[data-palette]"));
      box.focus();
      box.select();
      return true;
    },
    "?": () => show(),
    g: () => {
      went = Date.now();
      return true;
    },
    n: () => press(document.querySelector("[data-key=n]")),
  };
  const DOES = {
    next: () => (rows().length ? (step(1), true) : false),
    previous: () => (rows().length ? (step(-1), true) : false),
    tick: () => press(current()?.querySelector("[name=rowid]")),
    tick_all: () => press(document.querySelector(".action-rowtoggle:not([hidden])")),
    open: () => press(current()?.querySelector("td:nth-child(2) a, a")),
    undo: () => press([...document.querySelectorAll("form[data-undo] button[aria-keyshortcuts]")].at(-1)),
  };
  for (const action of DECISIONS) {
    DOES[action] = () => decide(action, false);
    DOES[`ticked.${action}`] = () => decide(action, true);
  }
  const ACTION_OF = new Map(Object.entries(MAP).map(([action, key]) => [key, action]));

  /** Does what the key means; whether that was anything. */
  function act(key) {
    const action = ACTION_OF.get(key);
    if (action && Object.hasOwn(more, action)) return more[action]() !== false;
    if (Object.hasOwn(more, key)) return more[key]() !== false;
    if (Object.hasOwn(KEYS, key)) return KEYS[key]();
    return action && Object.hasOwn(DOES, action) ? DOES[action]() : false;
  }

  /** The key as the layout writes it; where that is no Latin sign, the one at the same place of an English keyboard. */
  function keyOf(event) {
    if (event.key.length !== 1 || event.key.charCodeAt(0) < 128) return event.key;
    if (event.code.startsWith("Key")) return event.shiftKey ? event.code.slice(3) : event.code.slice(3).toLowerCase();
    return event.code === "Slash" ? (event.shiftKey ? "?" : "/") : event.key;
  }

  const isTyping = (element) => element.isContentEditable
    || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isOn() || isTyping(event.target) || event.target.closest?.("[data-panel]") || document.querySelector("dialog[open]")) return;
    const key = keyOf(event);
    if (["Shift", "Control", "Alt", "Meta"].includes(key)) return;
    if (Date.now() - went < SECOND) {
      went = 0;
      if (press(document.querySelector(`.bo-nav a[data-go="${CSS.escape(key)}"]`))) event.preventDefault();
      return;
    }
    if (event.repeat && ![MAP.next, MAP.previous, "ArrowDown", "ArrowUp"].includes(key)) return;
    const isInList = Boolean(event.target.closest?.(".bo-list tbody"));
    if (isInList && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      step(key === "ArrowDown" ? 1 : -1);
    } else if (key === "Enter") {
      if (event.target === document.body && DOES.open()) event.preventDefault();
    } else if (act(key)) {
      event.preventDefault();
    }
  });

  // The keys are told on what they press.

  function tell(element, keys) {
    if (!element) return;
    if (isOn() && keys) element.setAttribute("aria-keyshortcuts", keys);
    else element.removeAttribute("aria-keyshortcuts");
  }

  /** A key as assistive technology wants it. */
  const spoken = (key) => (key && key !== key.toLowerCase() ? `Shift+${key}` : key);

  /** Tells the key of an action on the button that does the same, and shows it there. */
  function tellAction(button, action) {
    if (!button) return;
    const key = MAP[action];
    tell(button, spoken(key));
    button.querySelector(".bo-key")?.remove();
    if (isOn() && key) button.append(house.made("kbd", { className: "bo-key", "aria-hidden": "true", textContent: key }));
  }

  function name(row) {
    if (!row) return;
    for (const action of DECISIONS) tell(row.querySelector(`button[value=${action}]`), MAP[action]);
    tell(row.querySelector("[name=rowid]"), MAP.tick);
  }

  function nameAll() {
    tell(searchBox(), "/");
    tell(document.querySelector("[data-key=n]"), "n");
    tell(document.querySelector(".action-rowtoggle"), spoken(MAP.tick_all));
    for (const link of all(".bo-nav a[data-go]")) tell(link, `g ${link.dataset.go}`);
    for (const action of DECISIONS) tellAction(document.querySelector(`#action_form button[value=${action}]`), `ticked.${action}`);
    for (const sign of all(".bo-search .bo-key")) sign.hidden = !isOn();
    document.dispatchEvent(new CustomEvent("house:keys"));
  }

  window.house.keys = {
    on: (actions) => Object.assign(more, actions),
    of: (action) => (isOn() ? MAP[action] ?? "" : ""),
    name: tellAction,
    lines: [],
  };

  // The list of keys.

  let box = null;

  const shown = (key) => (key !== key.toLowerCase() ? `⇧${key}` : key);

  function entries() {
    const has = (css) => document.querySelector(css) !== null;
    const page = [["/", _("search")], ["?", _("these keys")]];
    if (has("[data-key=n]")) page.push(["n", _("something new")]);
    if (MAP.undo) page.push([MAP.undo, _("take back what was done last, while it is offered")]);
    if (has("form[data-guard]")) page.push(["Ctrl S", _("save")]);
    if (has("[data-palette]")) page.push(["Ctrl K", _("search everything, or jump")]);
    page.push(["Esc", _("close, or take the ticks away")]);
    // What is held with Ctrl or Alt is the same for everybody, and told as it is.
    const key = (...actions) => actions.map((action) => (/^(Ctrl|Alt) /.test(action) ? action : MAP[action])).filter(Boolean).map((each) => (each.includes(" ") ? each : shown(each))).join(" ");
    const list = !rows().length ? [] : [
      [key("next", "previous"), _("next line, previous line")],
      [key("open"), _("open the line")],
      [key("tick"), _("tick the line")],
      [key("tick_all"), _("tick every line")],
      ...(has(".bo-list button[value=approve], .bo-list button[value=reject], .bo-list button[value=spam]")
        ? [[key("approve", "reject", "spam"), _("approve, reject, spam")],
          [key("ticked.approve", "ticked.reject", "ticked.spam"), _("the same for the ticked lines")]]
        : []),
    ].filter(([keys]) => keys);
    const places = all(".bo-nav a[data-go]").map((link) => [`g ${link.dataset.go}`, placeName(link)]);
    const here = house.keys.lines.map(([actions, words]) => [actions.length === 1 && actions[0].length === 1 && !MAP[actions[0]] ? actions[0] : key(...actions), words]).filter(([keys]) => keys);
    return [[_("Everywhere"), page], [_("At this desk"), here], [_("In this list"), list], [_("Go to"), places]].filter(([, lines]) => lines.length);
  }

  function placeName(link) {
    const copy = link.cloneNode(true);
    copy.querySelector(".bo-count")?.remove();
    return copy.textContent.trim();
  }

  function show() {
    box?.remove();
    box = house.dialog(_("Keys"));
    box.classList.add("bo-dialog--wide");
    const body = house.made("div", { className: "bo-dialog__body bo-keysheet" }, house.made("h2", { textContent: _("Keys") }));
    const sections = house.made("div", { className: "bo-keysheet__all" });
    for (const [title, lines] of entries()) {
      const facts = house.made("dl", { className: "bo-keylist" });
      for (const [keys, what] of lines) {
        const signs = /^(Ctrl|Alt) /.test(keys) || keys === "Esc" ? [keys] : keys.split(" ");
        const term = house.made("dt");
        for (const sign of signs) term.append(house.made("kbd", { className: "bo-key", textContent: sign }), " ");
        facts.append(term, house.made("dd", { textContent: what }));
      }
      sections.append(house.made("section", {}, house.made("h3", { textContent: title }), facts));
    }
    body.append(sections);
    const state = house.made("button", { type: "button", className: "bo-btn" });
    const say = () => {
      state.textContent = isOn() ? _("Switch the keys off") : _("Switch the keys on");
      body.querySelector("[data-state]").textContent = isOn()
        ? _("Keys are on in this browser. They rest while you type.")
        : _("Keys are off in this browser. Ctrl K and Ctrl S still work.");
    };
    const close = house.made("button", { type: "button", className: "bo-btn bo-btn--quiet", textContent: _("Close") });
    close.addEventListener("click", () => box.close());
    state.addEventListener("click", () => {
      house.keep(SWITCH, isOn() ? "off" : null);
      say();
      nameAll();
    });
    const change = house.made("a", { className: "bo-btn bo-btn--quiet", href: document.documentElement.dataset.profile ?? "#", textContent: _("Choose your own keys") });
    body.append(house.made("p", { className: "bo-hint", role: "status", "data-state": "" }), house.made("p", { className: "bo-row" }, state, change, close));
    say();
    box.append(body);
    box.showModal();
    close.focus({ preventScroll: true });
    box.scrollTop = body.scrollTop = 0;
    return true;
  }

  for (const button of all("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", show);
  }
  document.addEventListener("house:list", () => {
    nameAll();
    name(current());
  });
  nameAll();
})();
