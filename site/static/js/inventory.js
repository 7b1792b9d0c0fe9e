// ↑ and ↓ go to the next person with the same button; a pressed answer is saved at once, without leaving the place.
const part = () => document.getElementById("inventory");
const rows = () => [...part().querySelectorAll("table.answers tbody tr")];
// the same control of a row: a box, or the button with the same words
const alike = (row, control) => [...row.querySelectorAll("input, button, a.button")].find(
  (each) => each.type === control.type && each.textContent === control.textContent);

document.addEventListener("keydown", (event) => {
  const row = event.target.closest("table.answers tbody tr");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!row || !step || event.ctrlKey || event.metaKey || event.altKey) return;
  const others = rows().filter((each) => alike(each, event.target));
  const next = others[others.indexOf(row) + step];
  if (!next) return;
  event.preventDefault();
  alike(next, event.target).focus();
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
  const buttons = [...event.target.querySelectorAll("button")];
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const answer = await fetch(event.target.action, { method: "POST", body: sent });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("inventory");
    // somebody has completed it, or the session is over: the list itself says it
    if (!answer.ok || !fresh) return location.reload();
    part().replaceWith(fresh);
    document.querySelector(".told").replaceChildren(...page.querySelector(".told").childNodes);
    document.dispatchEvent(new Event("drawn-anew"));
    goOn(place);
  } catch {
    buttons.forEach((button) => { button.disabled = false; });
    const line = Object.assign(document.createElement("p"), { className: "flash error", textContent: part().dataset.unsent });
    document.querySelector(".told").replaceChildren(line);
    pressed.focus();
  }
}, true);
