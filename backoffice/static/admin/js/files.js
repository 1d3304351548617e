/* Uploading many files at once by drag and drop, each with its progress; without this the form does the same. */
"use strict";
(() => {
  const form = document.querySelector("[data-upload]");
  const box = document.querySelector("[data-uploads]");
  if (!form || !box) return;
  const words = JSON.parse(box.dataset.words);
  const most = Number(form.dataset.upload);
  const input = form.querySelector("input[type=file]");
  const waiting = [];
  let running = null;
  let kept = 0;
  let total = 0;
  let list = null;

  function line(file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = file.name;
    name.dir = "auto";
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const mark = document.createElement("span");
    mark.className = "bo-muted";
    mark.textContent = words.waits;
    const place = document.createElement("span");
    item.append(place, name, mark, bar);
    list.append(item);
    return { item, mark, bar };
  }

  function settle(job, tone, sentence) {
    job.line.item.dataset.tone = tone;
    job.line.bar.remove();
    if (tone === "bad") {
      const error = document.createElement("p");
      error.className = "bo-error";
      error.textContent = sentence;
      job.line.item.append(error);
      job.line.mark.textContent = "";
    } else {
      job.line.mark.textContent = sentence;
      kept += 1;
    }
    running = null;
    next();
  }

  function next() {
    if (running) return;
    const job = waiting.shift();
    if (!job) {
      if (kept && !box.querySelector("[data-tone=bad]")) location.reload();
      return;
    }
    if (job.file.size > most) return settle(job, "bad", words.large);
    const data = new FormData();
    for (const field of form.querySelectorAll("input[type=hidden], input[type=checkbox]:checked")) data.append(field.name, field.value);
    data.append("file", job.file, job.file.name);
    // The page is loaded anew after the last file; after the only one it says so and offers to take it back.
    if (total === 1) data.append("only", "1");
    running = new XMLHttpRequest();
    running.open("POST", form.getAttribute("action"));
    running.setRequestHeader("X-Requested-With", "fetch");
    running.setRequestHeader("Accept", "application/json");
    running.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) job.line.bar.value = (100 * event.loaded) / event.total;
    });
    running.addEventListener("error", () => settle(job, "bad", words.broken));
    running.addEventListener("load", () => {
      let answer = {};
      try {
        answer = JSON.parse(running.responseText);
      } catch {
        answer = { refused: [words.broken] };
      }
      const refused = (answer.refused || []).concat(answer.error || []);
      if (running.status === 401 || answer.reason === "token") {
        again(job, refused[0]);
        return;
      }
      settle(job, refused.length ? "bad" : "ok", refused.length ? refused[0] : words.done);
    });
    running.send(data);
  }

  /** Signed out meanwhile: once she is back, it goes on with this file; else nothing of the rest is tried. */
  async function again(job, sentence) {
    const isBack = await house.signedIn();
    running = null;
    if (isBack) {
      waiting.unshift(job);
      next();
    } else {
      for (const each of [job, ...waiting.splice(0)]) settle(each, "bad", sentence);
    }
  }

  function take(files) {
    if (!list) {
      box.hidden = false;
      const head = document.createElement("header");
      head.className = "bo-section__head";
      const title = document.createElement("h2");
      title.textContent = words.title;
      const stop = document.createElement("button");
      stop.type = "button";
      stop.className = "bo-btn bo-btn--quiet";
      stop.textContent = words.stop;
      stop.addEventListener("click", () => waiting.splice(0).forEach((job) => job.line.item.remove()));
      head.append(title, stop);
      list = document.createElement("ul");
      list.className = "bo-uploads";
      box.append(head, list);
    }
    for (const file of files) waiting.push({ file, line: line(file) });
    total += files.length;
    next();
  }

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    take(input.files);
    input.value = "";
  });
  const stopped = (event) => event.preventDefault();
  document.addEventListener("dragover", stopped);
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer && event.dataTransfer.files.length) take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData ? [...event.clipboardData.files] : [];
    if (files.length && !event.target.closest("input, textarea")) take(files);
  });
})();
