/* Reminders: the keys of the calendar, and what words and rules mean while one types. Without this script the calendar
   is made of links, and the first save asks whether it was understood. */
"use strict";
(() => {
  const AFTER = 250; // milliseconds without a key

  // The calendar: arrows go from day to day, Page Up and Page Down from month to month.

  const calendar = document.querySelector("[data-calendar]");
  calendar?.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !event.target.matches("[data-day]")) return;
    const isRtl = document.documentElement.dir === "rtl";
    const steps = { ArrowLeft: isRtl ? 1 : -1, ArrowRight: isRtl ? -1 : 1, ArrowUp: -7, ArrowDown: 7 };
    const months = { PageUp: "prev", PageDown: "next" };
    const days = [...calendar.querySelectorAll("[data-day]")].filter((day) => day.offsetParent !== null);
    const at = days.indexOf(event.target) + (steps[event.key] ?? 0);
    if (Object.hasOwn(months, event.key)) document.querySelector(`.bo-toolbar a[rel=${months[event.key]}]`)?.click();
    else if (event.key === "Home") days[0].focus();
    else if (event.key === "End") days.at(-1).focus();
    else if (steps[event.key]) days[at]?.focus();
    else return;
    event.preventDefault();
  });

  // What was typed, as the house understands it.

  function later(act) {
    let waiting = 0;
    return () => {
      clearTimeout(waiting);
      waiting = setTimeout(act, AFTER);
    };
  }

  async function understood(address, fields) {
    const reply = await house.ask(`${address}?${new URLSearchParams(fields)}`).catch(() => null);
    return reply?.ok ? reply.json() : null;
  }

  function tell(place, text, tone) {
    place.replaceChildren();
    place.dataset.tone = tone ?? "";
    if (text) place.append(house.icon(tone ? "info" : "check"), house.made("span", { textContent: text }));
  }

  // The line above the list: what it means is shown, then one press keeps it.

  const quick = document.querySelector("[data-quick]");
  if (quick) {
    const { line } = quick.elements;
    const place = quick.querySelector("[role=status]");
    let read = null; // what the line was understood as
    line.addEventListener("input", later(async () => {
      const typed = line.value.trim();
      read = null;
      if (!typed) return tell(place, "");
      const found = await understood(quick.dataset.quick, { line: typed });
      if (!found || typed !== line.value.trim()) return undefined;
      read = found.moment ? { ...found, line: typed } : null;
      const warning = _("No moment was understood yet. Add asks when.");
      return found.moment ? tell(place, _("“%(subject)s”, %(moment)s", { subject: found.subject, moment: found.told })) : tell(place, warning, "warn");
    }));
    quick.addEventListener("submit", (event) => {
      if (!read || read.line !== line.value.trim()) return; // the page of the server shows it first
      event.preventDefault();
      const form = house.made("form", { method: "post", action: quick.dataset.save, hidden: true });
      const token = document.querySelector("meta[name=csrf-token]").content;
      const values = { csrf_token: token, line: read.line, subject: read.subject, at: read.moment };
      for (const [name, value] of Object.entries(values)) form.append(house.made("input", { type: "hidden", name, value }));
      document.body.append(form);
      form.submit();
    });
  }

  // The form: the moment of the words goes into the clock beside them, and the rule tells when it comes next.

  const part = document.querySelector("[data-understood]");
  const form = part?.closest("form");
  if (form) {
    const field = (name) => form.elements.namedItem(name);
    const words = field("local_at.words");
    const place = document.getElementById(words.getAttribute("aria-describedby"));
    const coming = form.querySelector("[data-coming]");

    const ask = later(async () => {
      const typed = words.value.trim();
      const fields = new URLSearchParams({ zone: field("time_zone").value, local_at: field("local_at").value });
      for (const [name, value] of new FormData(form)) if (name === "rule" || name.startsWith("rule.")) fields.append(name, value);
      if (typed) fields.set("words", typed);
      const found = await understood(part.dataset.understood, fields);
      if (!found || typed !== words.value.trim()) return;
      if (typed && found.moment) {
        field("local_at").value = found.moment;
        field("local_at.shown").value = `${found.words}|${found.moment}`;
        tell(place, found.told);
      } else if (!typed && found.passed) {
        field("local_at.shown").value = `|${found.passed}`;
        tell(place, _("This moment has passed. It would be due at once."), "warn");
      } else if (typed) tell(place, _("Not understood yet. Write for example “tomorrow 9:00”, or choose a day below."), "warn");
      else tell(place, "");
      show(found);
    });

    function show(found) {
      coming.replaceChildren();
      if (found.complaint) coming.append(house.made("p", { textContent: found.complaint, className: "bo-error" }));
      if (!found.next?.length) return;
      const list = house.made("ol");
      for (const each of found.next) list.append(house.made("li", { textContent: each }));
      coming.append(house.made("p", { className: "bo-muted", textContent: found.rhythm }), list);
    }

    words.addEventListener("input", ask);
    field("local_at").addEventListener("input", () => {
      // What is chosen by hand is what counts.
      words.value = "";
      field("local_at.shown").value = "";
      ask();
    });
    field("time_zone").addEventListener("change", ask);
    for (const kind of ["input", "change"]) form.querySelector("[data-repeat]").addEventListener(kind, ask);
    if (words.value || field("rule.every").value) ask();
  }
})();
