// The form of a model. A field is an element with data-kind; inputs that are not sent are undefined.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

export function say(text) {
  $("#status").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => ($("#status").textContent = ""), 6000);
}

/** Calls the server; the response is JSON. If the request was rejected, `error` has the reason. */
export async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  try {
    const answer = await fetch(path, options);
    return { status: answer.status, ok: answer.ok, ...(await answer.json()) };
  } catch {
    return { status: 0, ok: false, error: "The playground does not respond. Is it still running in its terminal?" };
  }
}

const parts = (root) => $$("[data-kind]", root).filter((field) => field.parentElement.closest("[data-kind]") === (root.closest?.("[data-kind]") ?? null));
const itemsOf = (list) => $$(":scope > .items > li", list);
const fieldOf = (item) => $(":scope > [data-kind]", item);
const own = (field, selector) => $$(selector, field).filter((element) => element.closest("[data-kind]") === field);
let clones = 0;

function collect(field) {
  const { kind, name } = field.dataset;
  const special = own(field, "[data-special]:checked")[0];
  if (special) return special.dataset.special === "null" ? null : "";
  if (kind === "list") {
    const items = itemsOf(field).map((item) => collect(fieldOf(item)) ?? "");
    return items.length ? items : undefined;
  }
  if (kind === "object") {
    const found = collectParts($(":scope > .parts", field));
    return name && !Object.keys(found).length && !("required" in field.dataset) ? undefined : found;
  }
  if (kind === "switch") {
    const value = String(own(field, "[role=switch]")[0].checked);
    return value === field.dataset.default && !("required" in field.dataset) ? undefined : value;
  }
  if (kind === "radio" || kind === "choice") {
    const chosen = kind === "radio" ? own(field, "input:checked")[0] : own(field, "select")[0].selectedOptions[0];
    return !chosen || chosen.value === "" || "default" in chosen.dataset ? undefined : chosen.value;
  }
  const value = own(field, "textarea, input[type=text], input[type=number]")[0].value;
  return value === "" && name ? undefined : value;
}

export function collectParts(root) {
  const pairs = parts(root).map((field) => [field.dataset.name, collect(field)]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function fill(field, value) {
  const { kind } = field.dataset;
  for (const box of own(field, "[data-special]")) box.checked = value !== undefined && (value === null ? "null" : value) === box.dataset.special;
  if (kind === "list") {
    for (const item of itemsOf(field)) item.remove();
    for (const one of Array.isArray(value) ? value : []) fill(addItem(field), one);
    refreshList(field);
  } else if (kind === "object") {
    fillParts($(":scope > .parts", field), value ?? {});
  } else if (kind === "switch") {
    own(field, "[role=switch]")[0].checked = (value ?? field.dataset.default) === "true";
  } else if (kind === "radio" || kind === "choice") {
    const options = own(field, kind === "radio" ? "input[type=radio]" : "option");
    const chosen = options.find((one) => (value === undefined ? "default" in one.dataset || one.value === "" : one.value === value));
    for (const one of options) one[kind === "radio" ? "checked" : "selected"] = one === chosen;
  } else {
    own(field, "textarea, input[type=text], input[type=number]")[0].value = value ?? "";
    if (kind === "number") followNumber(field);
    if (kind === "media") preview(field);
  }
}

export const fillParts = (root, values) => parts(root).forEach((field) => fill(field, values[field.dataset.name]));

export function addItem(list) {
  const item = $(":scope > template", list).content.firstElementChild.cloneNode(true);
  const number = ++clones;
  for (const attribute of ["id", "for", "name", "aria-describedby", "aria-labelledby"]) {
    for (const element of $$(`[${attribute}]`, item)) {
      element.setAttribute(attribute, element.getAttribute(attribute).replaceAll(/(^| )X/g, `$1i${number}-`));
    }
  }
  $(":scope > .items", list).append(item);
  refreshList(list);
  return fieldOf(item);
}

export function refreshList(list) {
  const items = itemsOf(list);
  $(":scope > .list-foot > [data-add]", list).disabled = "max" in list.dataset && items.length >= Number(list.dataset.max);
  items.forEach((item, index) => {
    $(":scope > .tools > [data-move='-1']", item).disabled = index === 0;
    $(":scope > .tools > [data-move='1']", item).disabled = index === items.length - 1;
  });
}

export function followNumber(field, fromSlider = false) {
  const [slider] = own(field, "input[type=range]");
  const [number] = own(field, "input[type=number]");
  if (!slider) return;
  if (fromSlider) number.value = slider.value;
  else slider.value = number.value || number.placeholder || slider.min;
}

export function showTotals(form) {
  for (const output of $$(".total", form)) {
    const list = output.closest("[data-kind]");
    const numberOf = (name, root, otherwise) => {
      const field = parts(root).find((one) => one.dataset.name === name);
      const value = field && collect(field);
      return value === undefined || value === "" ? Number(otherwise) : Number(value);
    };
    const items = itemsOf(list).map((item) => numberOf(output.dataset.part, $(".parts", item), output.dataset.partDefault));
    const sum = Math.round(items.reduce((left, right) => left + right, 0) * 1e6) / 1e6;
    const total = numberOf(output.dataset.total, form, output.dataset.totalDefault);
    output.textContent = items.length ? `${output.dataset.part} ${sum} of ${total}` : "";
    output.classList.toggle("off", items.length > 0 && sum !== total);
  }
}

function pathOf(field) {
  const outer = field.parentElement.closest("[data-kind]");
  const before = outer ? pathOf(outer) : "";
  if (field.dataset.name === "") return `${before}[${itemsOf(outer).findIndex((item) => item.contains(field))}]`;
  return before ? `${before}.${field.dataset.path}` : field.dataset.path;
}

/** Shows problems beside their fields; for untouched fields only after the first attempt to run. */
export function showProblems(form, problems, all) {
  const left = new Map(problems.map((problem) => [problem.field, problem.message]));
  for (const field of $$("[data-kind]", form)) {
    const path = pathOf(field);
    const number = own(field, "input[type=number]")[0];
    const message = number?.validity.badInput ? "this is not a number" : left.get(path);
    left.delete(path);
    const shown = message && (all || "touched" in field.dataset) ? message : "";
    const place = own(field, ".problem")[0];
    if (place.textContent !== shown) place.textContent = shown;
    place.hidden = !shown;
    field.classList.toggle("wrong", Boolean(shown));
    for (const control of own(field, "textarea, select, input:not([type=file], [type=range])")) {
      if (shown) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }
  const rest = [...left.values()].join("; ");
  $("#form-problem").textContent = all ? rest : "";
  $("#form-problem").hidden = !all || !rest;
}

// ---- files as inputs

export function preview(field) {
  const value = own(field, "input[type=text]")[0].value.trim();
  const box = own(field, "[data-preview]")[0];
  if (box.dataset.of === value) return;
  box.dataset.of = value;
  box.replaceChildren();
  if (value.startsWith("https://") && $(".mode.live")) offerPreview(box, value);
  else if (value && !/^[a-z][a-z0-9+.-]*:/i.test(value)) show(box, value, $("input[type=file]", field).accept.split("/")[0]);
}

function show(box, path, medium) {
  const tag = { image: "img", video: "video", audio: "audio" }[medium];
  if (!tag) return;
  const shown = document.createElement(tag);
  const name = `Preview of ${path.split("/").pop()}`;
  shown.src = `/inputs/${path.split("/").map(encodeURIComponent).join("/")}`;
  if (tag === "img") shown.alt = name;
  else Object.assign(shown, { controls: true, preload: "metadata", ariaLabel: name });
  shown.addEventListener("error", () => box.replaceChildren());
  box.replaceChildren(shown);
}

/** Pages load nothing from other sites: to preview a link, the playground fetches it on request of the user. */
function offerPreview(box, url) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet small", textContent: "Show the file" });
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    button.disabled = true;
    const reply = await call("/api/preview", { url });
    if (reply.ok && reply.shown_as && box.dataset.of === url) return show(box, reply.path, reply.shown_as);
    say(reply.error ?? "The file is not an image, video or audio file.");
    button.disabled = false;
  });
  box.append(button);
}

async function takeFile(field, file) {
  field.classList.add("loading");
  try {
    const answer = await fetch(`/api/files?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    const reply = await answer.json();
    if (!answer.ok) return say(reply.error);
    own(field, "input[type=text]")[0].value = reply.path;
    field.dataset.touched = "";
    preview(field);
    say(`${reply.name}, ${reply.size}, stays on this machine${$(".mode.live") ? " until the job is run" : ""}.`);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } catch {
    say("The file could not be read, or the playground does not respond.");
  } finally {
    field.classList.remove("loading");
  }
}

/** Adds files that were chosen or dropped: to a field, or as new items of its list. */
async function takeFiles(target, files) {
  const list = target.dataset.kind === "list" ? target : target.parentElement.closest("[data-kind=list]");
  let next = target.dataset.kind === "media" ? target : null;
  for (const file of files) {
    if (!next && (!list || $(":scope > .list-foot > [data-add]", list).disabled)) break;
    await takeFile(next ?? addItem(list), file);
    next = null;
  }
}

export function startFiles(form) {
  const targetOf = (event) => {
    const found = event.target.closest?.("[data-kind=media], [data-kind=list]");
    if (!found || !event.dataTransfer?.types.includes("Files")) return null;
    return found.dataset.kind === "media" || $(":scope > template", found).content.querySelector("li > [data-kind=media]") ? found : null;
  };
  form.addEventListener("dragover", (event) => {
    const target = targetOf(event);
    for (const field of $$(".over", form)) if (field !== target) field.classList.remove("over");
    if (!target) return;
    event.preventDefault();
    target.classList.add("over");
  });
  form.addEventListener("dragleave", (event) => event.target.classList?.remove("over"));
  form.addEventListener("drop", (event) => {
    const target = targetOf(event);
    if (!target) return;
    event.preventDefault();
    target.classList.remove("over");
    takeFiles(target, [...event.dataTransfer.files]);
  });
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    takeFiles(event.target.closest("[data-kind]"), [...event.target.files]);
    event.target.value = "";
  });
}
