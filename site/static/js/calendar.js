// ← and → turn the month over; fields and pages that scroll sideways keep their arrows.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea, [contenteditable], .scroll")) return;
  const turned = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = turned && document.querySelector(`main a[rel="${turned}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});
