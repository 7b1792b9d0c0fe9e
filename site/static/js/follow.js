// Shows how far long work is, and the whole page anew when it has ended. Without it the link beside the figures does the same.
{
  const EVERY = 2000;
  const MOST = 300;
  let asked = 0;

  const look = async () => {
    if (document.hidden) return;
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
    const fresh = page.querySelector("[data-follow]");
    if (fresh) document.querySelector("[data-follow]").replaceWith(fresh);
    else location.reload();
  };

  const timer = setInterval(() => {
    asked += 1;
    if (!document.querySelector("[data-follow]") || asked > MOST) clearInterval(timer);
    else look().catch(() => undefined);
  }, EVERY);
}
