// A form that is on its way can't be sent twice; the server's form key holds even where this doesn't run.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.target === "_blank" || event.defaultPrevented) return;
  const pressed = event.submitter;
  // after the event, so that the pressed button's own name and value still go with the form
  setTimeout(() => {
    for (const button of form.querySelectorAll("button:enabled:not([type=button])")) {
      button.dataset.label = button.textContent;
      button.disabled = true;
    }
    if (pressed) pressed.textContent = document.body.dataset.sending;
  });
});

// coming back by the browser's own button finds the form usable again
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("button[data-label]")) {
    button.textContent = button.dataset.label;
    button.disabled = false;
  }
});
