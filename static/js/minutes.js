// Keeps what is typed in the minutes while it is typed. The page works without this file: then Spara keeps it.
"use strict";

(() => {
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const WAIT = 10_000; // milliseconds from the first change until it is kept
  const field = form.elements.text;
  const line = form.querySelector("[data-said]");
  let keeping = form.dataset.keep === "on"; // off where two have changed the same lines: that is saved when it is read
  let kept = "unsaved" in form.dataset ? null : field.defaultValue; // what the server has
  let running = null; // the save that is on its way
  let leaving = false;
  let timer = 0;

  const isDirty = () => field.value !== kept;
  const say = (text) => {
    if (line.textContent !== text) line.textContent = text; // the same words are not read aloud again
  };

  const ask = (options) => fetch(form.action, { headers: { Accept: "application/json" }, redirect: "manual", ...options });
  const send = () =>
    // keepalive, so that it arrives also when the page is closed; browsers take 64 kB of it
    ask({ method: "POST", body: new FormData(form), keepalive: field.value.length < 20_000 });

  // Who has signed in anew in another tab has an old token in this form: ask for a new one, and try once more.
  const sendWithNewToken = async () => {
    const answer = await ask();
    if (!answer.ok) return answer;
    form.elements.csrfmiddlewaretoken.value = (await answer.json()).token;
    return send();
  };

  const sayUnsaved = (why) => {
    say(`${why} Det senaste är inte sparat, men står kvar här. ${keeping ? "Vi försöker igen." : "Tryck på Spara igen om en stund."}`);
    return false;
  };
  const saySignedOut = () => {
    say("Du är utloggad. Det senaste är inte sparat, men står kvar här. ");
    const link = document.createElement("a");
    link.href = form.dataset.signIn;
    link.target = "_blank";
    link.textContent = "Logga in i en ny flik, och tryck sedan på Spara här.";
    line.append(link);
    return false;
  };

  // Whether the server has taken a decision on the text: false when it has not heard of it, and it is tried again.
  const post = async () => {
    const typed = field.value;
    let answer, told;
    try {
      answer = await send();
      if (answer.status === 403) answer = await sendWithNewToken();
    } catch {
      return sayUnsaved("Ingen kontakt med servern.");
    }
    if (answer.type === "opaqueredirect") return saySignedOut();
    try {
      told = await answer.json();
    } catch {
      return sayUnsaved("Det gick inte att spara.");
    }
    say(told.said);
    if (answer.ok) {
      kept = typed;
      form.elements.base.value = told.revision;
    } else {
      keeping = false; // somebody else has written (409), or it was refused: Spara shows what to do
    }
    return true;
  };

  const keep = () => {
    clearTimeout(timer);
    timer = 0;
    running ??= post().finally(() => {
      running = null;
      keepSoon();
    });
    return running;
  };
  const keepSoon = () => {
    if (keeping && isDirty()) timer ||= setTimeout(keep, WAIT);
  };
  const keepNow = () => {
    if (keeping && isDirty()) keep();
  };

  keepSoon(); // the browser may have put back what was typed before
  field.addEventListener("input", keepSoon);
  field.addEventListener("blur", keepNow);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keepNow();
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty() && !leaving) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });

  // Spara: kept from here first, so that whoever is signed out stays on the page with all that is typed.
  form.addEventListener("submit", async (event) => {
    if (leaving) return;
    event.preventDefault();
    const button = event.submitter;
    await running;
    if (!(await keep())) return;
    leaving = true;
    form.requestSubmit(button);
  });
})();
