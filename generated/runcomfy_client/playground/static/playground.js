// The scripts of the playground: the filters of the catalogue, the page of a model, its runs. HTML comes from the server alone.

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
    const told = await call("/api/check", { model: page.model, form: current });
    if (mine !== turn) return;
    if (!told.problems) return say(told.error);
    showProblems(form, told.problems, tried);
    $("#price").textContent = told.price;
    $("#basis").textContent = told.basis;
    for (const [key, text] of Object.entries(told.code)) $(`#code-${key} code`).textContent = text;
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
  if (kept) check(); // else the server has done so
  if (!page.restore) {
    sessionStorage.setItem(saved, JSON.stringify(values()));
    history.replaceState(null, "", location.pathname); // a reload keeps what is changed from here on
  }
}

async function start(page, values, form) {
  if ($$("input[type=number]", form).some((number) => number.validity.badInput)) return showProblems(form, [], true);
  const made = await call("/api/quote", { model: page.model, form: values });
  if (made.problems) {
    showProblems(form, made.problems, true);
    say(`Not run: ${made.problems.length === 1 ? "one input is" : `${made.problems.length} inputs are`} not right yet.`);
    return $(".wrong textarea, .wrong input:not([type=range]), .wrong select, .wrong button", form)?.focus();
  }
  if (!made.ok) return say(made.error);
  if (await submit(made.key)) await showRun(made.key, true);
}

// ---- runs

/** Submits a quote. Where the server wants it confirmed, a person is asked in its words, and those go back. */
async function submit(key) {
  let told = await call(`/api/runs/${key}/submit`, { confirmed: [] });
  while (told.status === 409 && told.confirm) {
    if (told.twin) await showRun(told.twin);
    if (!(await confirmed(told.confirm))) return false;
    told = await call(`/api/runs/${key}/submit`, { confirmed: told.confirm });
  }
  if (!told.ok) say(told.error);
  return told.ok;
}

function confirmed(texts) {
  const dialog = $("#confirm");
  $("#confirm-text").replaceChildren(...texts.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
}

/** Puts the card of a run on the page, in place of the one that is there. */
async function showRun(key, isNew = false) {
  const answer = await fetch(`/runs/${key}/card`);
  if (!answer.ok) return;
  const made = document.createElement("template");
  made.innerHTML = policy.createHTML(await answer.text());
  const card = made.content.firstElementChild;
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

async function look() {
  const active = $$("article[data-active]");
  const told = await call(`/api/runs?keys=${active.map((card) => card.dataset.key)}`);
  for (const { key, version, progress } of told.runs ?? []) {
    const card = document.getElementById(`run-${key}`);
    if (card.dataset.version !== version) await showRun(key);
    else $("[data-progress]", card).textContent = progress && `, ${progress}`;
  }
}

function follow() {
  if (follow.timer || !$("article[data-active]")) return;
  follow.timer = setTimeout(async () => {
    await look();
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
    say("The browser does not let this page copy. Mark the text, and copy it by hand.");
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-act], [data-copy]");
  if (!button) return;
  if (button.dataset.copy) return copy(button.dataset.copy);
  const { key } = button.closest("article").dataset;
  button.disabled = true;
  if (button.dataset.act === "submit") await submit(key);
  else await call(`/api/runs/${key}/${button.dataset.act}`, {}).then((told) => told.ok || say(told.error));
  await showRun(key);
});

document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-settle]")) return;
  event.preventDefault();
  const { key } = event.target.closest("article").dataset;
  const request_id = new FormData(event.target).get("request_id");
  const told = await call(`/api/runs/${key}/settle`, { found: event.submitter.value, request_id });
  if (told.ok) await showRun(key);
  else say(told.error);
});

function startTabs(list) {
  const tabs = $$("[role=tab]", list);
  const choose = (tab) => {
    for (const one of tabs) {
      one.setAttribute("aria-selected", one === tab);
      one.tabIndex = one === tab ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).toggleAttribute("data-later", one !== tab);
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
