// The page that `cnndsl serve` gives: when the file changes, it is asked for anew, and what was pointed at stays.

class Follower {
  constructor() {
    this.events = new EventSource("/events");
    this.events.addEventListener("message", ({ data }) => data !== document.documentElement.dataset.revision && this.renew());
    this.events.addEventListener("error", () => this.say("cnndsl serve has stopped; the page stays as it is"));
    this.events.addEventListener("open", () => this.say(""));
  }

  say(words) {
    const line = document.querySelector(".connection");
    line.textContent = words;
    line.hidden = !words;
  }

  async renew() {
    const answer = await fetch("/");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const kept = window.page.kept();
    document.documentElement.dataset.revision = fresh.documentElement.dataset.revision;
    document.title = fresh.title;
    for (const part of ["header", "main", "footer", "#data"]) document.querySelector(part).replaceWith(document.adoptNode(fresh.querySelector(part)));
    window.page = new Page(kept);
  }
}

new Follower();
