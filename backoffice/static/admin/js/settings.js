/* Settings: "Back to the default" fills the default in on the spot; saving stays a step of its own. */
"use strict";
(() => {
  const fieldOf = (button) => document.getElementById(button.value);
  const holds = (field, value) => (field.type === "checkbox" ? field.checked === (value === "True") : field.value.trim() === value);

  for (const button of document.querySelectorAll("button[name=default]")) {
    const field = fieldOf(button);
    if (!field) continue;
    const show = () => { button.hidden = holds(field, button.dataset.value); };
    field.addEventListener("input", show);
    field.addEventListener("change", show);
    button.addEventListener("click", (event) => {
      event.preventDefault();
      if (field.type === "checkbox") field.checked = button.dataset.value === "True";
      else field.value = button.dataset.value;
      field.focus();
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
})();
