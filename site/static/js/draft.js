// Keeps what was typed as a draft when the form is left without being sent; without this a button does.
{
  const form = document.querySelector("form[data-draft]");
  // a form that was refused or is shown once more holds what was typed on the page before
  let isTyped = form?.dataset.typed === "yes";

  const take = async (answer) => {
    if (answer.status !== 200) return;
    const { draft, known } = await answer.json();
    form.elements.draft.value = draft;
    form.elements.draft_known.value = known;
  };

  const keep = () => {
    if (!isTyped) return;
    isTyped = false;
    const typed = new FormData(form);
    typed.delete("task");
    fetch(form.dataset.draft, { method: "POST", body: typed, keepalive: true, redirect: "manual" })
      .then(take)
      .catch(() => { isTyped = true; });
  };

  if (form) {
    form.addEventListener("input", () => { isTyped = true; });
    // what is sent, by whichever button, goes on from there
    document.addEventListener("submit", () => { isTyped = false; });
    document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
    window.addEventListener("pagehide", keep);
  }
}
