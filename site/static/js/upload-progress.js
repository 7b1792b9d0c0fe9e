// Shows what was chosen and how far it is on its way, and lets one stop it. Without it the form goes as forms go.
{
  const KILO = 1024;

  const sizeText = (size) => {
    if (size < KILO) return `${size}B`;
    if (Math.round(size / KILO) < KILO) return `${Math.round(size / KILO)}KB`;
    const mega = size / KILO / KILO;
    return mega < 9.95 ? `${mega.toFixed(1)}MB` : `${Math.round(mega)}MB`;
  };

  const filled = (words, facts) => words.replace(/\{(\w+)\}/g, (_whole, name) => facts[name]);

  const part = (tag, text) => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  };

  const freshTokens = async () => {
    const answer = await fetch(location.pathname, { redirect: "manual" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("input[name=csrf_token]")?.value;
    if (fresh) for (const token of document.querySelectorAll("input[name=csrf_token]")) token.value = fresh;
  };

  function watch(box) {
    const words = box.dataset;
    const form = box.closest("form");
    const input = box.closest(".field").querySelector("input[type=file]");
    const list = box.querySelector(".chosen");
    const sending = box.querySelector(".sending");
    const bar = sending.querySelector("progress");
    const status = sending.querySelector("p");
    const stop = sending.querySelector("button");
    const why = box.querySelector(".why");
    let isLoggedOut = false;

    const files = () => [...input.files];
    const sum = () => files().reduce((all, file) => all + file.size, 0);

    const say = (reason) => {
      why.textContent = reason;
      why.hidden = !reason;
      box.closest(".field").classList.toggle("bad", Boolean(reason));
    };

    const fault = () => {
      const large = files().filter((file) => file.size > Number(words.limit));
      if (large.length) return large.map((file) => filled(words.tooLarge, { name: file.name, size: sizeText(file.size) })).join(" ");
      return sum() > Number(words.total) ? filled(words.tooMuch, { size: sizeText(sum()) }) : "";
    };

    const takeOut = (gone) => {
      const kept = new DataTransfer();
      for (const file of files()) if (file !== gone) kept.items.add(file);
      input.files = kept.files;
      show();
      input.focus();
    };

    const line = (file) => {
      const made = document.createElement("li");
      const button = part("button", words.takeOut);
      button.type = "button";
      button.className = "as-link";
      button.setAttribute("aria-label", `${file.name} ${words.takeOut}`);
      button.addEventListener("click", () => takeOut(file));
      made.classList.toggle("marked", file.size > Number(words.limit));
      made.append(part("span", file.name), " ", part("small", sizeText(file.size)), " ", button);
      return made;
    };

    function show() {
      list.replaceChildren(...files().map(line));
      box.hidden = false;
      say(fault());
    }

    // The words go first, then file by file: what has gone of all tells which of them are through.
    const mark = (sent, all) => {
      let end = all - sum();
      files().forEach((file, number) => {
        end += file.size;
        const button = list.children[number].querySelector("button");
        button.disabled = true;
        button.textContent = sent >= end ? words.done : `${Math.max(0, Math.floor(100 - ((end - sent) / file.size) * 100))}%`;
      });
    };

    const progress = (event) => {
      const percent = Math.floor((event.loaded / event.total) * 100);
      bar.value = percent;
      mark(event.loaded, event.total);
      status.textContent = filled(words.sending, { sent: sizeText(event.loaded), all: sizeText(event.total), percent });
    };

    const rest = (isBusy) => {
      form.setAttribute("aria-busy", String(isBusy));
      for (const each of form.children) if (!each.contains(box)) each.inert = isBusy;
      input.inert = isBusy;
      sending.hidden = !isBusy;
    };

    const fail = (reason) => {
      rest(false);
      show();
      say(reason);
      // Whoever keeps or warns of unsaved words has to know that they are still here.
      form.dispatchEvent(new Event("input", { bubbles: true }));
      why.scrollIntoView({ block: "nearest" });
    };

    const go = (where) => {
      const target = new URL(where, location.href);
      if (target.pathname === "/login") {
        isLoggedOut = true;
        fail(words.loggedOut);
      } else if (target.pathname === location.pathname && target.search === location.search) {
        history.replaceState(null, "", target);
        location.reload();
      } else {
        location.assign(target);
      }
    };

    // A refused form comes back as a page: its reasons are put beside the fields of this one, which still has the files.
    const refused = (page) => {
      const reasons = [...page.querySelectorAll("form .why[id]")].filter((each) => each.id !== `${input.id}-why`);
      for (const old of form.querySelectorAll(".why[id]")) old.remove();
      for (const each of reasons) {
        const field = document.getElementById(each.id.slice(0, -"-why".length));
        field?.closest(".field")?.classList.add("bad");
        field?.after(document.adoptNode(each));
      }
      const summary = page.querySelector(".summary");
      document.querySelectorAll(".summary").forEach((old) => old.remove());
      if (summary) document.querySelector("main h1").closest("main > *").after(document.adoptNode(summary));
      fail(page.getElementById(`${input.id}-why`)?.textContent.trim() || "");
      if (why.hidden) document.querySelector(".summary")?.scrollIntoView({ block: "nearest" });
    };

    const told = (page) => {
      const heads = [page.querySelector("main h1"), page.querySelector("main h1 + p")];
      return heads.map((each) => each?.textContent.trim() ?? "").join(" ").trim() || words.broken;
    };

    const take = (xhr) => {
      if (xhr.getResponseHeader("Content-Type")?.startsWith("application/json")) {
        go(JSON.parse(xhr.responseText).location);
        return;
      }
      const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
      const main = page.querySelector("main");
      if (xhr.status === 409 && main?.querySelector("form")) {
        document.querySelector("main").replaceWith(document.adoptNode(main));
        scrollTo(0, 0);
      } else if (page.querySelector(".summary")) {
        refused(page);
      } else {
        fail(told(page));
      }
    };

    const send = async (submitter) => {
      if (isLoggedOut) await freshTokens().catch(() => undefined);
      isLoggedOut = false;
      const xhr = new XMLHttpRequest();
      xhr.upload.addEventListener("progress", progress);
      xhr.upload.addEventListener("load", () => {
        bar.removeAttribute("value");
        status.textContent = words.checking;
        stop.hidden = true;
      });
      xhr.addEventListener("load", () => take(xhr));
      xhr.addEventListener("error", () => fail(words.broken));
      xhr.addEventListener("abort", () => fail(words.stopped));
      stop.onclick = () => xhr.abort();
      xhr.open("POST", submitter?.getAttribute("formaction") || form.action);
      xhr.setRequestHeader("Accept", "application/json");
      const content = new FormData(form, submitter);
      say("");
      box.closest(".field").querySelector(":scope > .why")?.remove();
      bar.value = 0;
      status.textContent = "";
      stop.hidden = false;
      rest(true);
      stop.focus();
      xhr.send(content);
    };

    input.addEventListener("change", show);
    form.addEventListener("submit", (event) => {
      if (!files().length || event.submitter?.hasAttribute("formaction")) return;
      event.preventDefault();
      if (fault()) show();
      else send(event.submitter);
    });
    if (files().length) show();
  }

  for (const box of document.querySelectorAll("[data-upload]")) watch(box);
}
