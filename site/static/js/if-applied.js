// Shows, as rights are chosen, what the request would reach if it were sent today; without this the check says it.
{
  const WAIT = 150;
  const SYSTEMS = ["taxis", "johs", "juju", "loacus"];
  const place = document.querySelector("[data-if-applied]");
  const form = document.querySelector("form.rights-asked");
  let timer = 0;
  let asked = 0;

  const address = () => {
    const found = new URL(place.dataset.ifApplied, location.href);
    const typed = new FormData(form);
    for (const system of SYSTEMS) {
      const code = typed.get(system);
      if (code) found.searchParams.set(system, code);
    }
    return found;
  };

  // an answer that comes after a later question isn't shown any more
  const ask = async () => {
    asked += 1;
    const mine = asked;
    const answer = await fetch(address(), { redirect: "manual" });
    if (answer.status !== 200 || mine !== asked) return;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...part.body.childNodes);
  };

  if (place && form) {
    form.addEventListener("change", (event) => {
      if (!SYSTEMS.includes(event.target.name)) return;
      clearTimeout(timer);
      timer = setTimeout(() => ask().catch(() => undefined), WAIT);
    });
  }
}
