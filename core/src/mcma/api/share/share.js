"use strict";
(() => {
  const get = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("li[data-ms]")];
  if (!rows.length) return;
  const audio = get("audio"), toggle = get("toggle"), seek = get("seek"), note = get("note");
  const PLAIN = "?format=mp3", TRIES = 5, SHOWN = document.title;
  let current = -1, plain = false, tries = 0, waiting = 0, dragging = false, length = 0;

  const link = (row) => row.querySelector(".track");
  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds || 0)), minutes = Math.floor(whole / 60);
    const tail = String(whole % 60).padStart(2, "0");
    return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
  };

  const show = () => {
    get("play-shape").toggleAttribute("hidden", !audio.paused);
    get("pause-shape").toggleAttribute("hidden", audio.paused);
    toggle.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    if ("mediaSession" in navigator) navigator.mediaSession.playbackState = audio.paused ? "paused" : "playing";
  };

  const at = () => {
    const known = Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : length;
    const now = dragging ? Number(seek.value) : audio.currentTime;
    seek.max = Math.max(1, known);
    if (!dragging) seek.value = now;
    seek.setAttribute("aria-valuetext", `${clock(now)} of ${clock(known)}`);
    get("now-at").textContent = clock(now);
    get("now-length").textContent = clock(known);
  };

  const load = () => {
    audio.src = link(rows[current]).href + (plain ? PLAIN : "");
    audio.play().catch(() => {});
  };

  const tell = (row) => {
    const title = row.querySelector(".name").textContent, artist = row.dataset.artist || "";
    get("now-title").textContent = title;
    get("now-artist").textContent = artist;
    get("now-cover").src = row.dataset.cover;
    document.title = artist ? `${title} · ${artist}` : title;
    if (!("mediaSession" in navigator)) return;
    const artwork = [{ src: new URL(row.dataset.cover, location.href).href, sizes: "300x300" }];
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist, album: row.dataset.album || "", artwork });
  };

  const play = (index) => {
    if (!rows[index]) return;
    clearTimeout(waiting);
    if (rows[current]) rows[current].removeAttribute("aria-current");
    current = index; plain = false; tries = 0; note.textContent = "";
    const row = rows[index];
    row.setAttribute("aria-current", "true");
    row.classList.remove("failed");
    length = Number(row.dataset.ms) / 1000;
    get("player").hidden = false;
    document.body.classList.add("playing");
    get("back").disabled = index === 0;
    get("next").disabled = index === rows.length - 1;
    tell(row); load(); at();
  };

  const end = () => {
    if (rows[current + 1]) { play(current + 1); return; }
    document.title = SHOWN;
    show();
  };

  const give_up = (why) => {
    rows[current].classList.add("failed");
    note.textContent = `${link(rows[current]).querySelector(".name").textContent}: ${why}`;
    const failed = current;
    waiting = setTimeout(() => { if (current === failed && rows[failed + 1]) play(failed + 1); }, 4000);
  };

  /* An element says that it failed, never why: ask again for the reason, and go by that. */
  const failed = async () => {
    if (current < 0 || !audio.getAttribute("src")) return;
    const mine = current, stop = new AbortController();
    let answer = null, detail = "";
    try {
      answer = await fetch(audio.src, { signal: stop.signal, headers: { Range: "bytes=0-1" } });
      if (!answer.ok) detail = (await answer.json()).detail;
    } catch { /* no connection, or no JSON */ }
    stop.abort();
    if (mine !== current) return;
    if (answer && answer.ok && !plain) { plain = true; load(); return; }
    const busy = !answer || answer.status === 429 || answer.status === 503;
    if (busy && tries < TRIES) {
      tries += 1;
      const after = Math.min(30, Number(answer && answer.headers.get("retry-after")) || 3);
      note.textContent = detail || "No connection to the server; trying again.";
      waiting = setTimeout(() => { if (mine === current) { note.textContent = ""; load(); } }, after * 1000);
      return;
    }
    give_up(detail || (answer && answer.ok ? "this browser cannot play it." : "the server cannot be reached."));
  };

  const flip = () => { if (current < 0) play(0); else if (audio.paused) audio.play().catch(() => {}); else audio.pause(); };
  const back = () => { if (audio.currentTime > 3 || current === 0) audio.currentTime = 0; else play(current - 1); };

  rows.forEach((row, index) => link(row).addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (index === current) flip(); else play(index);
  }));
  const go = get("go");
  go.hidden = false;
  go.addEventListener("click", () => { if (current < 0 || audio.paused) { if (current < 0) play(0); else flip(); } });
  toggle.addEventListener("click", flip);
  get("back").addEventListener("click", back);
  get("next").addEventListener("click", () => play(current + 1));
  seek.addEventListener("input", () => { dragging = true; at(); });
  seek.addEventListener("change", () => { audio.currentTime = Number(seek.value); dragging = false; });
  for (const name of ["timeupdate", "durationchange", "loadedmetadata", "seeked"]) audio.addEventListener(name, at);
  for (const name of ["play", "pause"]) audio.addEventListener(name, show);
  audio.addEventListener("playing", () => { tries = 0; note.textContent = ""; });
  audio.addEventListener("ended", end);
  audio.addEventListener("error", failed);
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.closest("a, button, input")) return;
    event.preventDefault();
    flip();
  });
  if ("mediaSession" in navigator) {
    const keys = { play: flip, pause: flip, previoustrack: back, nexttrack: () => play(current + 1), seekto: (to) => { audio.currentTime = to.seekTime; } };
    for (const [name, act] of Object.entries(keys)) {
      try { navigator.mediaSession.setActionHandler(name, act); } catch { /* not every browser has every key */ }
    }
  }
  show();
})();
