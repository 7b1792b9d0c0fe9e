// ↑ and ↓ go from person to person; a pressed answer is saved at once, without leaving the place.
const part = () => document.getElementById("inventory");
const rows = () => [...part().querySelectorAll("table.answers tbody tr")];
const buttons = (row) => [...row.querySelectorAll("button, a.button")];

document.addEventListener("keydown", (event) => {
  const row = event.target.closest("table.answers tbody tr");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!row || !step || event.ctrlKey || event.metaKey || event.altKey) return;
  const others = rows().filter((each) => each === row || buttons(each).length);
  const next = others[others.indexOf(row) + step];
  const at = Math.max(0, buttons(row).indexOf(event.target));
  if (!next) return;
  event.preventDefault();
  (event.target.matches("[type=checkbox]") && next.querySelector("[type=checkbox]") || buttons(next)[at] || buttons(next)[0]).focus();
});

// where the next answer is waited for: the first unanswered person from there on
const goOn = (place) => {
  const left = rows();
  const from = Math.max(0, left.findIndex((row) => row.id === place));
  const waiting = [...left.slice(from), ...left.slice(0, from)].find((row) => row.querySelector("[name=keep]"));
  (waiting?.querySelector("[name=keep]") || part().querySelector(".confirm button, a.button"))?.focus();
};

document.addEventListener("submit", async (event) => {
  const pressed = event.submitter;
  if (!event.target.matches("form.answers") || !["keep", "undo"].includes(pressed?.name)) return;
  event.preventDefault();
  const place = pressed.closest("tr").id;
  const sent = new URLSearchParams(new FormData(event.target, pressed));
  for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  try {
    const answer = await fetch(event.target.action, { method: "POST", body: sent });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("inventory");
    if (!answer.ok || !fresh) throw new Error("no list came back");
    part().replaceWith(fresh);
    document.querySelector(".told").replaceChildren(...page.querySelector(".told").childNodes);
    document.dispatchEvent(new Event("drawn-anew"));
    goOn(place);
  } catch {
    // whatever it was, the list itself says it
    location.reload();
  }
}, true);
