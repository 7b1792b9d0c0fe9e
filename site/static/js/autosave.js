// Keeps what is typed some seconds after the last key and says so; without it nothing is kept until a button is pressed.
{
  const QUIET = 3000;
  const LONGEST = 20000;
  const AGAIN = 15000;
  const writing = document.querySelector("form.writing");
  const line = document.getElementById("autosave");
  let timer = 0;
  let waitsSince = 0;
  let isSending = false;
  let isLeaving = false;

  const say = (words, isFault) => {
    line.hidden = false;
    line.classList.toggle("why", isFault);
    line.setAttribute("role", isFault ? "alert" : "status");
    if (line.textContent !== words) line.textContent = words;
  };

  const askForLogin = () => {
    const link = document.createElement("a");
    link.href = "/login";
    link.target = "_blank";
    link.textContent = line.dataset.login;
    line.append(" ", link);
  };

  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(keep, wait);
  };

  const fail = (words) => {
    say(words, true);
    later(AGAIN);
  };

  const take = async (answer) => {
    if (answer.type === "opaqueredirect") {
      fail(line.dataset.loggedOut);
      askForLogin();
    } else if (answer.status === 200) {
      const { version, words } = await answer.json();
      writing.elements.typed_version.value = version;
      if (!waitsSince) writing.dataset.kept = "yes";
      say(words, false);
    } else if (answer.status === 409) {
      say((await answer.json()).words, true);
    } else {
      fail(line.dataset.refused);
    }
  };

  async function keep() {
    if (isSending || isLeaving) return;
    clearTimeout(timer);
    isSending = true;
    waitsSince = 0;
    const words = new FormData(writing);
    words.delete("files");
    try {
      await take(await fetch(line.dataset.address, { method: "POST", body: words, redirect: "manual" }));
    } catch {
      fail(line.dataset.offline);
    }
    isSending = false;
    if (waitsSince) later(QUIET);
  }

  // After a login in another tab this page's token is of a session that has ended: a fresh page has the new one.
  const renewToken = async () => {
    const answer = await fetch(line.dataset.home, { redirect: "manual" });
    if (answer.status !== 200) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("form.writing input[name=csrf_token]")?.value;
    if (!fresh) return;
    for (const token of document.querySelectorAll("input[name=csrf_token]")) token.value = fresh;
    keep();
  };

  if (writing && line) {
    // what the browser itself put back at a reload knows nothing of what is kept now
    writing.elements.typed_version.value = line.dataset.version;
    if (line.dataset.isUnsaved) later(0);
    writing.addEventListener("input", () => {
      isLeaving = false;
      delete writing.dataset.kept;
      waitsSince ||= Date.now();
      later(Math.max(0, Math.min(QUIET, waitsSince + LONGEST - Date.now())));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      keep();
    });
    writing.addEventListener("submit", () => {
      isLeaving = true;
      clearTimeout(timer);
    });
    window.addEventListener("pageshow", () => { isLeaving = false; });
    window.addEventListener("focus", () => {
      if (line.classList.contains("why")) renewToken().catch(() => undefined);
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden && waitsSince) keep(); });
    window.addEventListener("online", () => { if (line.classList.contains("why")) keep(); });
  }
}
