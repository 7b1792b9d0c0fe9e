// "/" goes to the search field, Escape leaves it.
document.addEventListener("keydown", (event) => {
  const search = document.getElementById("search");
  if (!search || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && event.target === search) search.blur();
  if (event.key !== "/" || event.target.closest("input, select, textarea, [contenteditable]")) return;
  event.preventDefault();
  search.focus();
  search.select();
});
