// The scripts of the playground: the filters of the catalogue, the page of a model, its runs. Only the server creates HTML.

import { $, $$, addItem, call, collectParts, fillParts, followNumber, preview, refreshList, say, showProblems, showTotals, startFiles } from "./form.js";

const policy = window.trustedTypes?.createPolicy("playground", { createHTML: (text) => text }) ?? { createHTML: (text) => text };

// ---- the catalogue

function startCatalogue(form) {
  const cards = $$("#cards > li");
  const fitsPrice = (usd, price) => (price === "unknown" ? usd === "" : usd !== "" && (price === "known" || Number(usd) <= Number(price)));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.words.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const card of cards) {
      const { text, medium, category, vendor, usd } = card.dataset;
      const fits =
        words.every((word) => text.includes(word)) &&
        (!wanted.medium || medium === wanted.medium) &&
        (!wanted.category || category.split(" ").includes(wanted.category)) &&
        (!wanted.vendor || vendor === wanted.vendor) &&
        (!wanted.price || fitsPrice(usd, wanted.price));
      card.hidden = !fits;
      count += fits;
    }
    $("#count").textContent = `${count} of ${cards.length} models`;
    $("#nothing").hidden = count > 0;
    $("#reset").hidden = count === cards.length;
    const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  });
}

// ---- a model: its form, its code, its price

function startModel(form) {
  const page = JSON.parse($("#page").textContent);
  const saved = `form of ${page.model}`;
  let tried = false;
  let turn = 0;
  const values = () => collectParts(form);

  const check = async () => {
    const mine = ++turn;
    showTotals(form);
    const current = values();
    sessionStorage.setItem(saved, JSON.stringify(current));
    const reply = await call("/api/check", { model: page.model, form: current });
    if (mine !== turn) return;
    if (!reply.problems) return say(reply.error);
    showProblems(form, reply.problems, tried);
    $("#price").textContent = reply.price;
    $("#basis").textContent = reply.basis;
    for (const [key, text] of Object.entries(reply.code)) $(`#code-${key} code`).textContent = text;
  };
  let timer;
  const checkSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(check, 120);
  };
  const reset = (next) => {
    tried = false;
    for (const field of $$("[data-touched]", form)) delete field.dataset.touched;
    fillParts(form, next);
    check();
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    const field = event.target.closest("[data-kind]");
    if (event.target.type === "range") followNumber(field, true);
    else if (field?.dataset.kind === "number") followNumber(field);
    else if (field?.dataset.kind === "media") preview(field);
    checkSoon();
  });
  form.addEventListener("focusout", (event) => {
    const field = event.target.closest("[data-kind]");
    if (field && !("touched" in field.dataset)) {
      field.dataset.touched = "";
      checkSoon();
    }
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { move, add, remove, choose } = button.dataset;
    const item = button.closest("li.item");
    if (add !== undefined) $("textarea, input, select, button", addItem(button.closest("[data-kind]"))).focus();
    else if (choose !== undefined) return $("input[type=file]", button.parentElement).click();
    else if (remove !== undefined) {
      const list = item.parentElement.closest("[data-kind]");
      item.remove();
      refreshList(list);
      $(":scope > .list-foot > [data-add]", list).focus();
    } else if (move !== undefined) {
      if (move === "1") item.nextElementSibling?.after(item);
      else item.previousElementSibling?.before(item);
      refreshList(item.parentElement.closest("[data-kind]"));
      (button.disabled ? button.parentElement.querySelector("button:not(:disabled)") : button).focus();
    } else return;
    checkSoon();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    if (event.ctrlKey || event.metaKey) $("#run").click();
    else if (event.target.matches("input")) event.preventDefault();
  });
  $("#example").addEventListener("click", () => reset(page.example));
  $("#clear").addEventListener("click", () => reset({}));
  let busy = false;
  $("#run").addEventListener("click", async (event) => {
    if (busy || event.detail > 1) return; // the second half of a double click
    busy = tried = true;
    await start(page, values(), form);
    busy = false;
  });
  startFiles(form);
  const kept = page.restore && sessionStorage.getItem(saved);
  fillParts(form, kept ? JSON.parse(kept) : page.form);
  showTotals(form);
  if (kept) check(); // otherwise, the server has checked the form
  if (!page.restore) {
    sessionStorage.setItem(saved, JSON.stringify(values()));
    history.replaceState(null, "", location.pathname); // so that a reload keeps later changes
  }
}

async function start(page, values, form) {
  if ($$("input[type=number]", form).some((number) => number.validity.badInput)) return showProblems(form, [], true);
  const quote = await call("/api/quote", { model: page.model, form: values });
  if (quote.problems) {
    showProblems(form, quote.problems, true);
    say(`Not run: ${quote.problems.length === 1 ? "one input is" : `${quote.problems.length} inputs are`} invalid.`);
    return $(".wrong textarea, .wrong input:not([type=range]), .wrong select, .wrong button", form)?.focus();
  }
  if (!quote.ok) return say(quote.error);
  if (await submit(quote.key)) await showRun(quote.key, true);
}

// ---- runs

/** Submits a quote. If the server requires a confirmation, shows its texts to the user, and sends them back. */
async function submit(key) {
  let reply = await call(`/api/runs/${key}/submit`, { confirmed: [] });
  while (reply.status === 409 && reply.confirm) {
    if (reply.duplicate) await showRun(reply.duplicate);
    if (!(await confirmed(reply.confirm))) return false;
    reply = await call(`/api/runs/${key}/submit`, { confirmed: reply.confirm });
  }
  if (!reply.ok) say(reply.error);
  return reply.ok;
}

function confirmed(texts) {
  const dialog = $("#confirm");
  $("#confirm-text").replaceChildren(...texts.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

/** Adds the card of a run to the page, or replaces it. */
async function showRun(key, isNew = false) {
  const response = await fetch(`/runs/${key}/card`);
  if (!response.ok) return;
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(await response.text());
  const card = template.content.firstElementChild;
  const old = document.getElementById(card.id);
  const focused = old?.contains(document.activeElement);
  if (old) old.replaceWith(card);
  else $("#runs")?.prepend(card);
  $(".empty")?.toggleAttribute("hidden", true);
  showTimes(card);
  if (focused) card.focus({ preventScroll: true });
  if (isNew) card.scrollIntoView({ block: "nearest" });
  if (old || isNew) say(`${$("h2", card).textContent.trim()}: ${$("[data-label]", card).textContent}`);
  follow();
}

async function poll() {
  const active = $$("article[data-active]");
  const reply = await call(`/api/runs?keys=${active.map((card) => card.dataset.key)}`);
  for (const { key, version, progress } of reply.runs ?? []) {
    const card = document.getElementById(`run-${key}`);
    if (card.dataset.version !== version) await showRun(key);
    else $("[data-progress]", card).textContent = progress && `, ${progress}`;
  }
}

function follow() {
  if (follow.timer || !$("article[data-active]")) return;
  follow.timer = setTimeout(async () => {
    await poll();
    follow.timer = null;
    follow();
  }, document.hidden ? 3000 : 400);
}

const showTimes = (root) => $$("time", root).forEach((time) => (time.textContent = new Date(time.dateTime).toLocaleString()));

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    say("The browser does not allow this page to copy. Select the text, and copy it manually.");
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act], [data-copy]");
  if (!button) return;
  if (button.dataset.copy) return copy(button.dataset.copy);
  const { key } = button.closest("article").dataset;
  button.disabled = true;
  if (button.dataset.act === "submit") await submit(key);
  else await call(`/api/runs/${key}/${button.dataset.act}`, {}).then((reply) => reply.ok || say(reply.error));
  await showRun(key);
});

document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-resolve]")) return;
  event.preventDefault();
  const { key } = event.target.closest("article").dataset;
  const request_id = new FormData(event.target).get("request_id");
  const reply = await call(`/api/runs/${key}/resolve`, { found: event.submitter.value, request_id });
  if (reply.ok) await showRun(key);
  else say(reply.error);
});

function startTabs(list) {
  const tabs = $$("[role=tab]", list);
  const choose = (tab) => {
    for (const other of tabs) {
      other.setAttribute("aria-selected", other === tab);
      other.tabIndex = other === tab ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).toggleAttribute("data-later", other !== tab);
    }
  };
  list.addEventListener("click", (event) => event.target.matches("[role=tab]") && choose(event.target));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs.at((tabs.indexOf(event.target) + step) % tabs.length);
    choose(next);
    next.focus();
  });
  $("#copy").addEventListener("click", () => copy($("pre[role=tabpanel]:not([data-later])").textContent));
}

if ($("#filters")) startCatalogue($("#filters"));
if ($("#inputs")) startModel($("#inputs"));
if ($("[role=tablist]")) startTabs($("[role=tablist]"));
showTimes(document);
follow();
