/* Signed out while a page is open: the person signs in again in a dialog, and what she was sending is sent after all,
   once. Without this script the server answers with the sign-in page and carries the typed fields along.

   house.signedIn()   whether the person of this page is signed in; if she is not, she is asked to. The page then carries
                      the token of her session. False if she closed the dialog, or somebody else has signed in.
   house.confirmed(reason)   whether the person proved in a dialog that it is still she, as something dangerous asked */
"use strict";
(() => {
  const QUICK = 1500; // milliseconds; a form waits no longer to learn whether its session is there
  const LATE = 10000;
  const EVERY = 4000; // how often an open dialog looks whether she came back in another tab
  const { session: source, signIn: door, confirm: proof } = document.currentScript.dataset;
  const owner = document.documentElement.dataset.user ?? "";
  if (!owner || !window.HTMLDialogElement) return;

  let asking = null; // the promise of the dialog that is open
  let notice = null;
  const underWay = new Set(); // forms that wait to learn whether they can be sent
  const unanswered = new WeakSet(); // forms that were held back once because no server answered

  /** Who is signed in, and the token of the session; null where nobody answers, {} where the answer is late or none. */
  async function session(patience) {
    try {
      const response = await fetch(source, {
        signal: AbortSignal.timeout(patience), cache: "no-store", headers: { "X-Requested-With": "fetch", Accept: "application/json" },
      });
      return response.ok ? await response.json() : {};
    } catch (error) {
      return error.name === "TimeoutError" ? {} : null;
    }
  }

  /** Every form of the page is sent with this token from now on. */
  function take(token) {
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    document.querySelector("meta[name=csrf-token]")?.setAttribute("content", token);
  }

  async function signedIn() {
    const found = await session(LATE);
    if (found?.username !== owner) return ask(found);
    take(found.token);
    return true;
  }

  // The dialog.

  function ask(found) {
    asking ??= new Promise((settle) => open(found ?? {}, settle)).finally(() => {
      asking = null;
    });
    return asking;
  }

  const field = (name, label, more) => house.made("div", { className: "bo-field" },
    house.made("label", { className: "bo-label", htmlFor: `gate-${name}`, textContent: label }),
    house.made("input", { className: "bo-input", id: `gate-${name}`, name, ...more }));
  const codeField = (more = {}) => field("code", _("Code"), { autocomplete: "one-time-code", maxLength: 40, dir: "ltr", spellcheck: false, autocapitalize: "none", ...more });

  /** Asks for the password once more, and for a code where the reason names one. */
  function confirmed(reason) {
    return new Promise((settle) => {
      let isDone = false;
      const error = house.made("p", { className: "bo-error", role: "alert" });
      const password = field("password", _("Password"), { type: "password", autocomplete: "current-password", autofocus: true });
      const leave = house.made("button", { className: "bo-btn", type: "button", textContent: _("Not now") });
      const form = house.made("form", { className: "bo-dialog__body", method: "post", action: proof, noValidate: true },
        house.made("h2", { id: "proof-title", textContent: _("Confirm that it is you") }),
        house.made("p", { id: "proof-text", textContent: _("You signed in a while ago. Confirm that it is you; then this is done.") }), error,
        house.made("div", { className: "bo-stack" }, password, ...(reason === "confirm code" ? [codeField()] : [])),
        house.made("p", { className: "bo-row" }, house.made("button", { className: "bo-btn bo-btn--primary", textContent: _("Confirm") }), leave));
      const box = house.made("dialog", { className: "bo-dialog bo-dialog--gate", "aria-labelledby": "proof-title", "aria-describedby": "proof-text" }, form);
      leave.addEventListener("click", () => box.close());
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const data = new URLSearchParams(new FormData(form));
        data.set("csrf_token", document.querySelector("meta[name=csrf-token]")?.content ?? "");
        const reply = await house.post(proof, data);
        if (reply?.ok) {
          isDone = true;
          box.close();
          return;
        }
        error.textContent = "";
        const words = reply ? reply.answer?.error ?? _("That did not work. Try it again.") : _("No answer from the server. Try it again.");
        requestAnimationFrame(() => error.replaceChildren(house.icon("alert"), words));
        for (const each of form.querySelectorAll(".bo-input")) each.value = "";
        form.querySelector(".bo-input").focus();
      });
      box.addEventListener("close", () => {
        box.remove();
        settle(isDone);
      });
      document.body.append(box);
      box.showModal();
    });
  }

  function open(found, settle) {
    let token = found.token ?? "";
    let other = found.username ?? "";
    let isBusy = false;
    let isDone = false;
    const title = house.made("h2", { id: "gate-title" });
    const text = house.made("p", { id: "gate-text" });
    const error = house.made("p", { className: "bo-error", role: "alert" });
    const fields = house.made("div", { className: "bo-stack" });
    const buttons = house.made("p", { className: "bo-row" });
    const form = house.made("form", { className: "bo-dialog__body", method: "post", action: door, noValidate: true }, title, text, error, fields, buttons);
    const box = house.made("dialog", { className: "bo-dialog bo-dialog--gate", "aria-labelledby": title.id, "aria-describedby": text.id }, form);

    const button = (words, act, isFirst = !act) => {
      const made = house.made("button", { className: isFirst ? "bo-btn bo-btn--primary" : "bo-btn", type: act ? "button" : "submit", textContent: words });
      if (act) made.addEventListener("click", act);
      return made;
    };
    const leave = () => box.close();

    /** What the dialog asks for, one thing after another: the server names the next step where there is one. */
    const steps = {
      password: () => ({
        title: _("You were signed out"),
        text: _("Sign in to go on; everything you typed is kept."),
        fields: [
          field("username", _("Name or e-mail"), { autocomplete: "username", value: owner, maxLength: 254, dir: "auto", spellcheck: false, autocapitalize: "none" }),
          field("password", _("Password"), { type: "password", autocomplete: "current-password", autofocus: true }),
          house.made("label", { className: "bo-choice" },
            house.made("input", { className: "bo-check", type: "checkbox", name: "remember", value: "y" }),
            _("Keep me signed in on this computer for 30 days")),
        ],
        buttons: [button(_("Sign in")), button(_("Not now"), leave)],
      }),
      code: () => ({
        title: _("One more step"),
        text: _("Type the code that your authenticator shows now."),
        fields: [codeField({ autofocus: true })],
        buttons: [button(_("Sign in")), button(_("Not now"), leave)],
      }),
      other: () => ({
        title: _("Somebody else is signed in"),
        text: _("%(other)s is signed in now. What stands on this page was typed by %(name)s and was not sent.", { other, name: owner }),
        fields: [],
        buttons: [button(_("Sign in as %(name)s", { name: owner }), () => show("password"), true), button(_("Leave it"), leave)],
      }),
    };

    function show(name) {
      const step = steps[name]();
      form.dataset.step = name;
      title.textContent = step.title;
      text.textContent = step.text;
      error.textContent = "";
      fields.replaceChildren(...step.fields);
      buttons.replaceChildren(...step.buttons);
      if (box.open) (fields.querySelector("[autofocus]") ?? buttons.querySelector("button")).focus();
    }

    function complain(words) {
      error.textContent = "";
      requestAnimationFrame(() => {
        error.replaceChildren(house.icon("alert"), words);
      });
      const password = fields.querySelector("[name=password], [name=code]");
      if (!password) return;
      password.value = "";
      password.focus();
    }

    async function send() {
      const data = new URLSearchParams(new FormData(form));
      for (const isLast of [false, true]) {
        data.set("csrf_token", token);
        const reply = await house.post(door, data);
        if (reply?.answer?.reason !== "token" || isLast) return reply;
        // The visitor's session is gone as well; a new one begins with its token.
        token = (await session(LATE))?.token ?? "";
      }
      return null;
    }

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isBusy || form.dataset.step === "other") return;
      isBusy = true;
      const reply = await send();
      isBusy = false;
      if (!box.open) return;
      const answer = reply?.answer;
      if (reply?.ok && answer?.step in steps) show(answer.step);
      else if (reply?.ok && answer?.username) came(answer, true);
      else complain(reply ? answer?.error ?? _("That did not work. Try it again.") : _("No answer from the server. Try it again."));
    });

    /** Somebody is signed in: the person of this page, or another one, here or in another tab. */
    function came(found, isHere) {
      if (found.token) token = found.token;
      if (found.username === owner) {
        take(token);
        isDone = true;
        box.close();
      } else if (found.username && (isHere || found.username !== other)) {
        other = found.username;
        show("other");
      }
    }

    const look = async () => {
      if (document.hidden || isBusy) return;
      const found = await session(LATE);
      if (found && box.open && !isBusy) came(found, false);
    };
    const looking = setInterval(look, EVERY);
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);

    box.addEventListener("close", () => {
      clearInterval(looking);
      document.removeEventListener("visibilitychange", look);
      removeEventListener("focus", look);
      box.remove();
      if (isDone) {
        notice?.remove();
        document.dispatchEvent(new CustomEvent("house:signed-in"));
      } else {
        remind(other);
      }
      settle(isDone);
    });

    show(other ? "other" : "password");
    document.body.append(box);
    box.showModal();
  }

  /** A sentence that stays: nothing was sent, and how to go on. It stands by the buttons of the form, if there are any. */
  function remind(other) {
    notice?.remove();
    const text = house.made("p", { className: "bo-banner__text" });
    const button = house.made("button", { className: "bo-btn", type: "button", textContent: _("Sign in") });
    button.addEventListener("click", async () => {
      if (!(await signedIn())) return;
      notice?.remove();
      house.say(_("You are signed in again. Nothing was sent yet."));
    });
    notice = house.made("div", { className: "bo-banner", role: "status" }, house.icon("lock"), text, button);
    notice.dataset.tone = "warn";
    const bar = document.querySelector(".bo-savebar");
    if (bar) bar.prepend(notice);
    else document.getElementById("main")?.prepend(notice);
    // After it is there, so that it is read out.
    requestAnimationFrame(() => {
      text.textContent = other
        ? _("%(other)s is signed in. What you typed stays on this page.", { other })
        : _("You are signed out. What you typed stays on this page.");
    });
  }

  // Forms that the browser sends itself: each asks first whether its session is still there.

  const said = (form, button, name) => button?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";

  addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (event.defaultPrevented || said(form, button, "method").toLowerCase() !== "post" || said(form, button, "target")) return;
    if (form.matches("[data-sign-out]") || new URL(said(form, button, "action"), document.baseURI).origin !== location.origin) return;
    event.preventDefault();
    if (!underWay.has(form)) pass(form, button);
  });

  async function pass(form, button) {
    underWay.add(form);
    const found = await session(QUICK);
    let isFree = true;
    if (found === null && !unanswered.has(form)) {
      unanswered.add(form);
      house.say(_("No answer from the server. Try it again."), "bad");
      isFree = false;
    } else if (found?.username === owner) {
      take(found.token);
    } else if (found && "username" in found) {
      isFree = await ask(found);
    }
    underWay.delete(form);
    if (isFree) release(form, button);
    else form.dispatchEvent(new CustomEvent("house:stay", { bubbles: true }));
  }

  /** Sends the form as the browser would have done, with its files, its button and its place in the history. */
  function release(form, button) {
    const before = new Map();
    for (const name of ["action", "method", "enctype"]) {
      if (!button?.hasAttribute(`form${name}`)) continue;
      before.set(name, form.getAttribute(name));
      form.setAttribute(name, button.getAttribute(`form${name}`));
    }
    const pressed = button?.name ? house.made("input", { type: "hidden", name: button.name, value: button.value }) : null;
    if (pressed) form.append(pressed);
    HTMLFormElement.prototype.submit.call(form);
    // What is sent is settled by now; whoever comes back finds the form as it was.
    pressed?.remove();
    for (const [name, value] of before) {
      if (value === null) form.removeAttribute(name);
      else form.setAttribute(name, value);
    }
  }

  house.signedIn = signedIn;
  house.confirmed = confirmed;
})();
