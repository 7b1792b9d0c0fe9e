// Chooses the least code that allows every ticked task, as one ticks; without this a button asks the server to.
for (const chooser of document.querySelectorAll("details[data-chooser]")) {
  const order = chooser.dataset.order.split(" ").filter(Boolean);
  const boxes = [...chooser.querySelectorAll("input[name=task]")];
  const told = chooser.querySelector("[data-told]");
  const atFirst = told.textContent;
  const field = (code) => document.querySelector(`input[name="${chooser.dataset.chooser}"][value="${CSS.escape(code)}"]`);

  const tell = (code, isTicked) => {
    told.replaceChildren();
    if (code) {
      const title = document.createElement("b");
      title.textContent = field(code).closest("label").querySelector("span").firstChild.textContent.trim();
      told.append(chooser.dataset.suffices, " ", title);
    } else told.append(isTicked ? chooser.dataset.none : atFirst);
  };

  const choose = () => {
    const ticked = boxes.filter((box) => box.checked).map((box) => box.dataset.codes.split(" "));
    const code = ticked.length ? order.find((each) => ticked.every((codes) => codes.includes(each))) : undefined;
    for (const cell of chooser.querySelectorAll("[data-code]")) {
      cell.classList.toggle("suffices", cell.dataset.code === code);
    }
    tell(code, ticked.length > 0);
    if (!code || field(code).checked) return;
    field(code).checked = true;
    field(code).dispatchEvent(new Event("change", { bubbles: true }));
  };

  chooser.querySelector("[data-without-script]").hidden = true;
  chooser.addEventListener("change", choose);
}
