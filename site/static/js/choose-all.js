// Shows each [data-choose-all] box and lets it tick every box of that name in its form; again where a list has been drawn anew.
const offerChoices = () => {
  for (const choice of document.querySelectorAll("[data-choose-all][hidden]")) {
    const all = choice.querySelector("input");
    const boxes = [...choice.closest("form").querySelectorAll(`input[type=checkbox][name="${choice.dataset.chooseAll}"]`)];
    const mirror = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    choice.hidden = false;
    all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
    boxes.forEach((box) => box.addEventListener("change", mirror));
    mirror();
  }
};
offerChoices();
document.addEventListener("drawn-anew", offerChoices);
