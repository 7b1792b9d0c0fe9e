// Offers tags and titles below the search field while somebody types; without this the field just searches.
{
  const field = document.getElementById("search");
  const WAIT = 180;
  const list = document.createElement("ul");
  let timer = 0;
  let asked = "";
  let active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const choose = (at) => {
    active = at;
    for (const [number, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(number === at));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };

  const option = (item, number) => {
    const line = document.createElement("li");
    const kind = document.createElement("small");
    const label = document.createElement("span");
    line.id = `suggestion-${number}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    line.dataset.href = item.href;
    kind.textContent = item.kind;
    label.textContent = item.label;
    if (item.lang) label.lang = item.lang;
    line.append(kind, " ", label);
    return line;
  };

  const show = (items) => {
    list.replaceChildren(...items.map(option));
    if (!items.length || document.activeElement !== field) return close();
    active = -1;
    list.hidden = false;
    field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-expanded", "true");
  };

  const ask = async () => {
    const words = field.value.trim();
    if (words === asked) return;
    asked = words;
    if (!words) return close();
    try {
      const answer = await fetch(`/search/suggest?${new URLSearchParams({ q: words })}`);
      const items = answer.ok ? await answer.json() : [];
      if (asked === words) show(items);
    } catch {
      close();
    }
  };

  const step = (by) => {
    const count = list.children.length;
    choose(active < 0 ? (by > 0 ? 0 : count - 1) : (active + by + count + 1) % (count + 1) === count ? -1 : (active + by + count + 1) % (count + 1));
  };

  const press = (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      location.assign(list.children[active].dataset.href);
    }
  };

  const begin = () => {
    list.id = "suggestions";
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.labels[0].textContent);
    list.hidden = true;
    field.after(list);
    // a searchbox may not become a combobox
    field.type = "text";
    field.enterKeyHint = "search";
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false", autocomplete: "off" })) field.setAttribute(name, value);
    asked = field.value.trim();
    field.addEventListener("input", (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(ask, WAIT);
    });
    field.addEventListener("compositionend", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    });
    field.addEventListener("keydown", press);
    field.addEventListener("blur", close);
    // pressed before the field loses its focus, so that the list is still there
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const line = event.target.closest("[role=option]");
      if (line) location.assign(line.dataset.href);
    });
  };

  if (field) begin();
}
