// Refreshes the preview while somebody writes, and warns before words or files are left that nothing keeps; the buttons do without it.
{
  const writing = document.querySelector("form.writing");
  const previews = ["preview", "preview-en"].map((id) => document.getElementById(id)).filter(Boolean);
  let isChanged = false;
  let timer = 0;

  const refresh = async () => {
    const words = new FormData(writing);
    words.delete("files");
    const answer = await fetch(writing.querySelector('[formaction$="/preview"]').formAction, { method: "POST", body: words });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const preview of previews) {
      const fresh = page.getElementById(preview.id);
      if (fresh) preview.replaceChildren(...fresh.childNodes);
    }
  };

  writing?.addEventListener("input", () => {
    isChanged = true;
    if (!previews.length) return;
    clearTimeout(timer);
    timer = setTimeout(() => refresh().catch(() => undefined), 800);
  });
  writing?.addEventListener("submit", () => { isChanged = false; });
  const hasFiles = () => [...writing.querySelectorAll("input[type=file]")].some((field) => field.files.length);
  window.addEventListener("beforeunload", (event) => {
    if (isChanged && (!writing.dataset.kept || hasFiles())) event.preventDefault();
  });
}
