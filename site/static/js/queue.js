// In a list of rows: j and k go down and up, x ticks a row, a goes to its button, or to that for all the ticked ones. Enter then opens or presses what has the focus.
for (const list of document.querySelectorAll("[data-rows]")) {
  const rows = [...list.querySelectorAll("tbody tr")].filter((row) => row.querySelector("td a"));
  const here = () => rows.indexOf(document.activeElement.closest("tr"));
  const go = (place) => rows[Math.min(Math.max(place, 0), rows.length - 1)]?.querySelector("td a").focus();
  const chosen = () => list.querySelector("td input:checked") && list.closest("form").querySelector(".filters button");
  const button = (row) => chosen() || row?.querySelector("td button");
  const keys = {
    j: () => go(here() + 1),
    k: () => go(here() - 1),
    x: (row) => row?.querySelector("input[type=checkbox]")?.click(),
    a: (row) => button(row)?.focus(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing || !keys[event.key]) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")) return;
    event.preventDefault();
    keys[event.key](rows[here()]);
  });
  for (const help of document.querySelectorAll("[data-keys]")) help.hidden = false;
}
