// Suggests one tag after the other: a list of suggestions stands for the whole field, so each carries what is typed before it.
{
  const field = document.querySelector("input[list=suggested-tags]");
  const list = document.getElementById("suggested-tags");
  const names = [...(list?.options ?? [])].map((option) => option.value);

  const suggestion = (before) => (name) => {
    const option = document.createElement("option");
    option.value = before + name;
    return option;
  };

  field?.addEventListener("input", () => {
    const before = field.value.slice(0, field.value.search(/[^\s,,、##]*$/));
    const typed = new Set(before.split(/[\s,,、##]+/));
    list.replaceChildren(...names.filter((name) => !typed.has(name)).map(suggestion(before)));
  });
}
