// Takes a template into the form without leaving it, so that chosen files stay; the button itself does the rest.
{
  const button = document.querySelector("button[data-template]");
  const told = document.getElementById("template-told");

  const take = async (writing) => {
    const words = new FormData(writing);
    words.delete("files");
    const answer = await fetch(button.formAction, { method: "POST", body: words, redirect: "manual" });
    if (answer.status !== 200) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const name of ["title", "source"]) {
      writing.elements[name].value = page.querySelector(`form.writing [name=${name}]`).value;
    }
    told.hidden = false;
    told.textContent = page.querySelector(".told")?.textContent.trim() ?? "";
    writing.dispatchEvent(new Event("input", { bubbles: true }));
  };

  button?.addEventListener("click", (event) => {
    event.preventDefault();
    take(button.form).catch(() => button.form.requestSubmit(button));
  });
}
