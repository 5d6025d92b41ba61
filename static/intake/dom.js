/* Building pages. Text always goes in as text, never as markup. */

/* h("button.big", { onclick, "aria-pressed": "true" }, "text", node, …) */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "value") node.value = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(node, child);
    else node.append(child instanceof Node ? child : String(child));
  }
}

export function replace(node, ...children) {
  node.replaceChildren();
  add(node, children);
}

export function button(label, onclick, { kind = "", ...attributes } = {}) {
  return h(`button.button${kind ? "." + kind : ""}`, { type: "button", onclick, ...attributes }, label);
}

/* A button that says whether it is on. */
export function toggle(words, on, onchange, { kind = "", ...attributes } = {}) {
  const node = button(words, () => set(!(node.getAttribute("aria-pressed") === "true")), { kind: `toggle${kind ? "." + kind : ""}`, ...attributes });
  const set = (value) => {
    node.setAttribute("aria-pressed", String(value));
    onchange(value);
  };
  node.setAttribute("aria-pressed", String(Boolean(on)));
  return node;
}

/* One of several, each one tap; pressing it again takes it back where `none` is allowed. `options`: [[value, words], …] */
export function choice(label, options, value, onchange, { kind = "", none = false } = {}) {
  const group = h(`div.choice${kind ? "." + kind : ""}`, { role: "group", "aria-label": label });
  const buttons = options.map(([key, words]) => {
    const node = button(words, () => choose(none && node.getAttribute("aria-pressed") === "true" ? null : key), { kind: "toggle" });
    node.dataset.value = String(key);
    node.setAttribute("aria-pressed", String(key === value));
    return node;
  });
  const choose = (key) => {
    for (const node of buttons) node.setAttribute("aria-pressed", String(key !== null && node.dataset.value === String(key)));
    onchange(key);
  };
  add(group, buttons);
  return group;
}

let next = 0;
export function field(label, attributes = {}, hint = "") {
  next += 1;
  const id = `field-${next}`;
  const input = h("input.input", { id, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-describedby": hint ? `${id}-hint` : undefined, ...attributes });
  const node = h("div.field", {}, h("label.label", { for: id }, label), hint ? h("p.hint", { id: `${id}-hint` }, hint) : null, input);
  return { node, input };
}

let timer = 0;
/* What happened, for eyes and for screen readers; `action` is [words, function]. */
export function say(words, { bad = false, action = null, seconds = 4 } = {}) {
  const place = document.getElementById("said");
  clearTimeout(timer);
  place.classList.toggle("said--bad", bad);
  replace(place, h("p", {}, words), action ? button(action[0], () => (replace(place), action[1]())) : null);
  if (seconds) timer = setTimeout(() => replace(place), seconds * 1000);
}

export function download(name, text, type = "application/json") {
  const link = h("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
