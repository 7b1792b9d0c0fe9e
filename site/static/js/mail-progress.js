// Shows how far the mails are while they are being sent; the link beside the figures does the same.
{
  const EVERY = 5000;
  const MOST = 120;
  let asked = 0;

  const look = async () => {
    if (document.hidden) return;
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
    const fresh = page.getElementById("mails");
    if (fresh) document.getElementById("mails").replaceWith(fresh);
  };

  const timer = setInterval(() => {
    const isRunning = document.querySelector("#mails [data-waiting]")?.dataset.waiting !== "0";
    asked += 1;
    if (!isRunning || asked > MOST) clearInterval(timer);
    else look().catch(() => undefined);
  }, EVERY);
}
