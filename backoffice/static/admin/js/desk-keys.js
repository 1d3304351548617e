/* The keys of the desk: what each does to the card one is at, and to those that are ticked. */
"use strict";
(() => {
  if (!window.house?.desk) return;
  const { bulk, canUndo, cards, count, current, name, press, shown, single, step, tell, undo } = house.desk;
  const desk = document.querySelector("[data-desk]");
  const tabs = () => [...document.querySelectorAll(".bo-tabs a[data-queue]")];
  const at = (does) => () => (current() ? (does(current()), true) : false);
  const does = (action) => at((here) => here.querySelector(`.bo-acts button[value=${action}]`) && press(action, here.dataset.id));
  const actions = {
    next: () => step(1),
    previous: () => step(-1),
    undo: () => (canUndo() ? (undo(), true) : false),
    tick: at((here) => here.querySelector("input[name=rowid]").click()),
    tick_all: () => {
      const boxes = shown().map((each) => each.querySelector("input[name=rowid]"));
      const state = !boxes.every((box) => box.checked);
      for (const box of boxes) box.checked = state;
      count();
      return true;
    },
    single,
    queue: () => {
      const all = tabs();
      all[(all.findIndex((tab) => tab.hasAttribute("aria-current")) + 1) % all.length].click();
    },
    open: at((here) => location.assign(`${desk.dataset.edit}?id=${here.dataset.id}`)),
    author: at((here) => here.querySelector(".bo-item__who").click()),
    thread: at((here) => here.querySelector(".bo-item__on a").click()),
    choose_reason: at((here) => tell("desk:ask", { action: "reject", id: here.dataset.id })),
    choose_snooze: at((here) => tell("desk:ask", { action: "snooze", id: here.dataset.id })),
    ban: at((here) => tell("desk:ask", { action: "ban", id: here.dataset.id })),
    claim: at((here) => tell("desk:claim", { id: here.dataset.id })),
  };
  for (const action of ["approve", "reject", "spam", "restore", "reply", "edit", "snooze"]) actions[action] = does(action);
  for (const action of ["approve", "reject", "spam", "restore"]) actions[`ticked.${action}`] = () => bulk(action);
  for (let digit = 1; digit <= 9; digit += 1) actions[String(digit)] = () => (tabs()[digit - 1] ? (tabs()[digit - 1].click(), true) : false);
  house.keys.on(actions);
  house.keys.lines.push(
    [["next", "previous"], _("next, previous")],
    [["approve", "reject", "spam", "restore"], _("approve, reject for your last reason, spam, back to waiting")],
    [["ticked.approve", "ticked.reject", "ticked.spam", "ticked.restore"], _("the same for everything ticked")],
    [["choose_reason"], _("reject, choosing the reason by its digit")],
    [["undo"], _("undo what was done last")],
    [["reply", "edit"], _("reply, edit in place")],
    [["snooze", "choose_snooze"], _("put off for 2 hours, or until a time you choose")],
    [["author", "thread"], _("the person who wrote it, the talk around it")],
    [["ban"], _("warn, hold or ban")],
    [["claim"], _("claim, or let go")],
    [["tick", "tick_all"], _("tick, tick all")],
    [["single"], _("one at a time")],
    [["queue"], _("next queue; a digit chooses one")],
    [["open"], _("open the page of its own")],
  );
  document.addEventListener("house:keys", () => cards().filter((each) => each === current() || each.querySelector(".bo-acts [aria-keyshortcuts]")).forEach(name));
})();
