// Says, as one types, which conditions a new password meets. What is typed is neither shown nor spoken; only the question
// whether it is easily guessed goes to the server, once the rest is right. Without this the server says it all after sending.
const WAIT = 500;

function watch(box) {
  const rules = box.dataset;
  const form = box.closest("form");
  const password = box.querySelector("[name=password]");
  const again = box.querySelector("[name=again]");
  const current = rules.current ? document.getElementById(rules.current) : null;
  const part = rules.loginId.split("@")[0].toLowerCase();
  const status = box.querySelector("[data-status]");
  const lines = new Map([...box.querySelectorAll("[data-condition]")].map((line) => [line.dataset.condition, line]));
  let guessable = { of: "", isMet: null };
  let timer = 0;

  // Japanese keyboards show the backslash as ¥ and may send it
  const typed = (field) => field.value.replaceAll("\u00a5", "\\");

  function found() {
    const text = typed(password);
    if (!text) return {};
    const letters = [...text];
    const isLength = letters.length >= Number(rules.shortest) && letters.length <= Number(rules.longest);
    const isAllowed = letters.every((letter) => rules.allowed.includes(letter));
    return {
      length: isLength,
      characters: isAllowed,
      "without-id": !part || !text.toLowerCase().includes(part),
      another: current && current.value ? text !== typed(current) : null,
      "not-guessable": isLength && isAllowed && guessable.of === text ? guessable.isMet : null,
      same: again.value ? text === typed(again) : null,
    };
  }

  function show() {
    const states = found();
    for (const [name, line] of lines) {
      line.classList.toggle("met", states[name] === true);
      line.classList.toggle("unmet", states[name] === false);
    }
    return states;
  }

  function tell(states) {
    const unmet = [...lines].filter(([name]) => states[name] === false).map(([, line]) => line.textContent);
    if (!typed(password)) status.textContent = "";
    else if (unmet.length) status.textContent = `${rules.told}: ${unmet.join("、")}`;
    else if (Object.values(states).every((state) => state !== null)) status.textContent = rules.allMet;
  }

  async function ask(text) {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, password: text, login_id: rules.loginId });
    try {
      const answer = await fetch(rules.check, { method: "POST", body });
      if (!answer.ok) return;
      const { failed } = await answer.json();
      guessable = { of: text, isMet: !failed.includes("not-guessable") };
    } catch {
      // not known, then: the server says it after sending
    }
  }

  async function look() {
    const states = found();
    if (states.length && states.characters && states["not-guessable"] === null) await ask(typed(password));
    tell(show());
  }

  // The answer to what is sent changes the session: nothing more is asked in the old one
  form.addEventListener("submit", () => clearTimeout(timer));
  for (const field of [password, again, current]) {
    field?.addEventListener("input", () => {
      show();
      clearTimeout(timer);
      timer = setTimeout(look, WAIT);
    });
  }
}

for (const box of document.querySelectorAll(".new-password")) watch(box);
